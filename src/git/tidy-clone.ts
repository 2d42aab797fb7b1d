import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { countPacks, mostPacks } from './clone.ts';
import type { SystemGit } from './system-git.ts';
import type { Clone } from './transport.ts';

export interface CloneTidying {
  readonly clone: Clone;
  readonly git: SystemGit;
  /** Commits that must stay readable though no branch names them any more; undefined: that cannot be said now. */
  readonly needed: () => Promise<ReadonlySet<string> | undefined>;
  /** Commits that somebody may be in the middle of reading. */
  readonly inUse: ReadonlySet<string>;
  readonly now: () => Date;
  readonly log: Log;
}

const marker = 'windlass-packed';
const everyMs = 24 * 3_600_000;
const keptRef = 'refs/windlass/kept';

/**
 * Puts the clone's packs together when there are many of them, or some and a day has passed, and gives up what no branch and no
 * commit that is needed or in use reaches: history that a forced push has replaced would stay for ever.
 */
export async function tidyClone({ clone, git, needed, inUse, now, log }: CloneTidying, signal: AbortSignal): Promise<void> {
  const packs = await countPacks(clone.gitdir);
  const packedAt = Date.parse((await readFile(join(clone.gitdir, marker), 'utf8').catch(() => '')).trim());
  // A clone without the mark is new, or was laid out before there was one.
  if (Number.isNaN(packedAt)) await notePacked(clone, now());
  if (packs <= mostPacks && (packs < 2 || !(now().getTime() - packedAt >= everyMs))) return;
  const known = await needed().catch((error: unknown) => {
    log.debug({ repository: clone.name, error: messageOf(error) }, 'what is needed of the clone is not known: all of it is kept');
    return undefined;
  });
  await repack(git, clone.gitdir, known && new Set([...known, ...inUse]), signal);
  if (known) await notePacked(clone, now());
}

const notePacked = ({ gitdir }: Clone, at: Date): Promise<void> => writeFile(join(gitdir, marker), `${at.toISOString()}\n`);

/** `kept` undefined: nothing is given up. */
async function repack(git: SystemGit, gitdir: string, kept: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<void> {
  const config = { 'repack.writeBitmaps': 'false' };
  const run = (argv: readonly string[], input = '') =>
    git.run([`--git-dir=${gitdir}`, ...argv], { protocol: 'none', signal, config, input });
  if (kept === undefined) return void (await run(['repack', '--quiet', '-a', '-d', '--keep-unreachable']));
  await holdOnTo(run, kept);
  await run(['repack', '--quiet', '-a', '-d']);
  await run(['prune', '--expire=now']);
}

/**
 * Has one commit, of which they are the parents, reach them all: a ref for each would be a file for each. What was fetched under
 * `refs/incoming` is a branch by now, or not followed any more.
 */
async function holdOnTo(run: (argv: readonly string[], input?: string) => Promise<string>, kept: ReadonlySet<string>): Promise<void> {
  const named = [...kept].filter((commit) => /^[0-9a-f]{40}$/.test(commit)).sort();
  const found = await run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], named.map((commit) => `${commit}\n`).join(''));
  const parents = found.split('\n').flatMap((line) => (line.endsWith(' commit') ? [`parent ${line.slice(0, 40)}`] : []));
  const tree = (await run(['hash-object', '-t', 'tree', '-w', '--stdin'])).trim();
  const people = ['author', 'committer'].map((who) => `${who} windlass <windlass@localhost> 0 +0000`);
  const text = [`tree ${tree}`, ...parents, ...people, '', 'What may be gone back to', ''].join('\n');
  const commit = (await run(['hash-object', '-t', 'commit', '-w', '--stdin'], text)).trim();
  const incoming = (await run(['for-each-ref', '--format=delete %(refname)', 'refs/incoming'])).trim();
  await run(['update-ref', '--stdin'], `update ${keptRef} ${commit}\n${incoming}\n`);
}
