import { createHash, randomBytes } from 'node:crypto';
import { access, chmod, chown, constants, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { messageOf, WindlassError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { signingKey } from '../standard-signature.ts';
import { hookMarker, padsName, postReceiveScript, spoolName } from './post-receive-script.ts';

export interface PostReceiveOptions {
  /** Of a bare repository, or of an ordinary one that is pushed to. */
  readonly directory: string;
  /** Where the hook's machine finds the controller. */
  readonly url: string;
  /** `config` or a source's name. */
  readonly source: string;
  readonly secret: Secret;
}

/**
 * Writes the post-receive hook into a repository of this machine, with what it signs with beside it; its path.
 * A hook of windlass's own is replaced; anybody else's is a WindlassError `git`, and nothing has changed.
 */
export async function installPostReceive({ directory, url, source, secret }: PostReceiveOptions): Promise<string> {
  const target = `${url.replace(/\/+$/, '')}/hooks/${source}`;
  if (!/^https?:\/\/[A-Za-z0-9._~:/[\]%-]+$/.test(target)) {
    throw new WindlassError(
      'settings',
      `the hook cannot call ${JSON.stringify(target)}: WINDLASS_URL must be plain, like http://10.0.0.7:8420`,
    );
  }
  const gitdir = await gitDirectory(directory);
  const hook = join(gitdir, 'hooks', 'post-receive');
  await refuseForeign(gitdir, hook);
  try {
    await install(gitdir, hook, target, secret);
  } catch (error) {
    throw new WindlassError('git', `cannot write the hook into ${gitdir}: ${messageOf(error)}`, { cause: error });
  }
  return hook;
}

/** What the hook runs that is nowhere on `path`: those that a small machine may lack. */
export async function missingPrograms(path: string): Promise<readonly string[]> {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const missing: string[] = [];
  for (const name of ['curl', 'openssl']) {
    const found = await Promise.all(folders.map((folder) => isExecutable(join(folder, name))));
    if (!found.includes(true)) missing.push(name);
  }
  return missing;
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

async function install(gitdir: string, hook: string, target: string, secret: Secret): Promise<void> {
  const { uid, gid, mode } = await stat(join(gitdir, 'objects'));
  // `git init --shared`: whoever may push through the group must be able to sign and to spool.
  const shared = (mode & 0o020) !== 0;
  const spool = join(gitdir, spoolName);
  await mkdir(spool, { recursive: true });
  await own(spool, uid, gid);
  await chmod(spool, shared ? 0o2770 : 0o700);
  await mkdir(join(gitdir, 'hooks'), { recursive: true });
  const write = { uid, gid };
  await replace(join(gitdir, padsName), pads(signingKey(secret)), { ...write, mode: shared ? 0o640 : 0o600 });
  await replace(hook, postReceiveScript(target), { ...write, mode: 0o755 });
}

/** HMAC's inner and outer key block (RFC 2104), one behind the other. */
function pads(key: Uint8Array): Buffer {
  const block = Buffer.alloc(64);
  block.set(key.length > 64 ? createHash('sha256').update(key).digest() : key);
  return Buffer.concat([block.map((byte) => byte ^ 0x36), block.map((byte) => byte ^ 0x5c)]);
}

async function gitDirectory(directory: string): Promise<string> {
  for (const candidate of [directory, join(directory, '.git')]) {
    const parts = await Promise.all(['HEAD', 'objects'].map((part) => stat(join(candidate, part)).catch(() => undefined)));
    if (parts.every((part) => part !== undefined)) return candidate;
  }
  throw new WindlassError('git', `${directory} is no Git repository of this machine: name the one that people push to`);
}

async function refuseForeign(gitdir: string, hook: string): Promise<void> {
  const existing = await readFile(hook, 'utf8').catch(() => undefined);
  if (existing !== undefined && !existing.includes(hookMarker)) {
    throw new WindlassError('git', `${hook} is another program's: move it away, install again, and call it from there`);
  }
  const config = await readFile(join(gitdir, 'config'), 'utf8').catch(() => '');
  if (/^\s*hookspath\s*=/im.test(config)) {
    throw new WindlassError(
      'git',
      `${gitdir} takes its hooks from elsewhere (core.hooksPath): git config --unset core.hooksPath there first`,
    );
  }
}

/** Whole or not at all: a push may run the old one at this moment. */
async function replace(
  path: string,
  content: string | Uint8Array,
  { uid, gid, mode }: { uid: number; gid: number; mode: number },
): Promise<void> {
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(unfinished, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await own(unfinished, uid, gid);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** The hook runs as whoever pushes; root installs for the repository's owner. */
async function own(path: string, uid: number, gid: number): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}
