import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { SystemGit } from '../../git/system-git.ts';
import { workingTreeFiles } from '../../git/working-tree-files.ts';
import type { BuildContext } from '../../repository/compose-references.ts';
import { contextFiles } from '../../repository/context-files.ts';
import { count } from '../format.ts';
import type { ComposeFolder } from './compose-folder.ts';

export interface ProjectFiles {
  /** Files and links, relative to the project's folder. */
  readonly paths: readonly string[];
  readonly notes: readonly string[];
}

/**
 * What of a Compose project goes into its repository: the files that are named, those of named folders, and of each build context what
 * its .dockerignore and the .gitignore of the project leave. No file of `secrets:`, unless something else names it.
 */
export async function projectFiles(from: ComposeFolder, named: readonly string[], git: SystemGit | undefined): Promise<ProjectFiles> {
  const secrets = new Set(from.references.secrets.map(({ file }) => posix.normalize(file)));
  const listed = git && (await workingTreeFiles(git, from.path));
  // A folder that an outer repository ignores as a whole says nothing about what is in it.
  const tracked = listed?.includes(from.file) ? listed : undefined;
  const contexts = await Promise.all(from.references.contexts.map((context) => filesOfContext(from.path, context, tracked)));
  const found = [...(await Promise.all(named.map((path) => filesBelow(from.path, path)))).flat(), ...contexts.flat()];
  const wanted = [...new Set(found)].filter((path) => path !== from.file && (named.includes(path) || !secrets.has(path))).sort();
  const kinds = await Promise.all(wanted.map((path) => lstat(join(from.path, path)).catch(() => undefined)));
  const sizes = new Map(wanted.flatMap((path, index) => (isCopied(kinds[index]) ? [[path, kinds[index]?.size ?? 0] as const] : [])));
  const folders = wanted.filter((_, index) => kinds[index]?.isDirectory());
  return {
    paths: [...sizes.keys()],
    notes: [
      ...folders.map((path) => `${path} was not copied: it is a repository of its own, or cannot be read`),
      ...(from.references.contexts.length > 0 ? sizeNotes(sizes) : []),
    ],
  };
}

const isCopied = (stats: { isFile(): boolean; isSymbolicLink(): boolean } | undefined): boolean =>
  stats !== undefined && (stats.isFile() || stats.isSymbolicLink());

const notableBytes = 10 * 2 ** 20;
const notableFiles = 1_000;

function sizeNotes(sizes: ReadonlyMap<string, number>): readonly string[] {
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (bytes < notableBytes && sizes.size < notableFiles) return [];
  const [largest = '', most = 0] = [...sizes].sort(([, a], [, b]) => b - a)[0] ?? [];
  return [
    `${count(sizes.size, 'file')} of ${inMiB(bytes)} were copied for the build contexts, the largest ${largest} (${inMiB(most)}): what no image needs is left out by .dockerignore`,
  ];
}

const inMiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

async function filesOfContext(folder: string, { path, dockerfile }: BuildContext, tracked: readonly string[] | undefined) {
  const own = [posix.join(path, dockerfile), posix.join(path, `${dockerfile}.dockerignore`), posix.join(path, '.dockerignore')];
  const below = (one: string): boolean => path === '.' || one.startsWith(`${path}/`);
  const all = tracked?.filter(below) ?? (await filesBelow(folder, path, ['.git', 'node_modules']));
  const texts = await Promise.all(own.slice(1).map((one) => readFile(join(folder, one), 'utf8').catch(() => undefined)));
  const entries = all.map((one) => ({ path: one, mode: '100644', oid: '' }));
  const sent = contextFiles(
    entries,
    path === '.' ? '' : path,
    texts.find((text) => text !== undefined),
  );
  return [...sent.map((entry) => posix.join(path, entry.path)), ...own.filter((one) => !one.startsWith('../'))];
}

/** The files of a folder, itself where it is none; a folder that cannot be read stands for what is in it. */
async function filesBelow(folder: string, path: string, without: readonly string[] = ['.git']): Promise<readonly string[]> {
  const stats = await lstat(join(folder, path)).catch(() => undefined);
  if (!stats?.isDirectory()) return [path];
  const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [path];
  const found = entries
    .filter(({ name }) => !without.includes(name))
    .map((entry) => (entry.isDirectory() ? filesBelow(folder, posix.join(path, entry.name), without) : [posix.join(path, entry.name)]));
  return (await Promise.all(found)).flat();
}
