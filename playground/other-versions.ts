import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from './machine.ts';

const run = promisify(execFile);

type Say = (line: string) => void;

/** A Node of that major version: this one, or npm's package of its binary, fetched once a machine. The program's path. */
export async function nodeProgram(major: number, say: Say): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = await once(`node-${major}`, async (empty) => {
    say(`fetching Node ${major} from npm`);
    await run('npm', ['pack', '--silent', '--pack-destination', empty, `node-linux-${process.arch}@${major}`]);
    for (const archive of await readdir(empty)) await run('tar', ['-xzf', join(empty, archive), '--strip-components=1', '-C', empty]);
  });
  return join(folder, 'bin', 'node');
}

const sidPackages = ['docker.io', 'containerd', 'docker-buildx', 'docker-cli', 'docker-compose'];

/** Debian sid's engine, unpacked beside the installed one, which stays as it is; runc is the installed one. Folders for `PATH`. */
export async function sidEngine(say: Say): Promise<readonly string[]> {
  const folder = await once('engine-sid', async (empty) => {
    say("fetching the engine from Debian sid's packages");
    await mkdir(join(empty, 'lists', 'partial'), { recursive: true });
    await mkdir(join(empty, 'cache', 'archives', 'partial'), { recursive: true });
    await writeFile(join(empty, 'sources.list'), 'deb http://deb.debian.org/debian sid main\n');
    const apt = (...args: readonly string[]) => run('apt-get', [...aptOptions(empty), ...args], { cwd: empty });
    await apt('update', '-qq');
    await apt('download', '-qq', ...sidPackages);
    for (const file of (await readdir(empty)).filter((name) => name.endsWith('.deb')))
      await run('dpkg', ['-x', join(empty, file), join(empty, 'root')]);
  });
  return ['usr/sbin', 'usr/bin', 'usr/libexec/docker/cli-plugins'].map((path) => join(folder, 'root', path));
}

/** Lists and packages of its own: what this machine installs from does not change. */
const aptOptions = (folder: string): readonly string[] =>
  [
    ['Dir::Etc::sourcelist', join(folder, 'sources.list')],
    ['Dir::Etc::sourceparts', '-'],
    ['Dir::State::lists', join(folder, 'lists')],
    ['Dir::Cache', join(folder, 'cache')],
    ['APT::Sandbox::User', 'root'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);

/** A folder of the cache, made whole or not at all. */
async function once(name: string, make: (empty: string) => Promise<void>): Promise<string> {
  const folder = join(cacheDirectory(), name);
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  if (there) return folder;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await make(unfinished);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}
