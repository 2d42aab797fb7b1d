import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program and the Debian package that brings it. */
export interface Program {
  readonly name: string;
  readonly package: string;
}

export const programs = {
  git: { name: 'git', package: 'git' },
  redis: { name: 'redis-server', package: 'redis-server' },
  dockerd: { name: 'dockerd', package: 'docker.io' },
  iptables: { name: 'iptables', package: 'iptables' },
  ip: { name: 'ip', package: 'iproute2' },
  debootstrap: { name: 'debootstrap', package: 'debootstrap' },
  busybox: { name: 'busybox', package: 'busybox-static' },
  curl: { name: 'curl', package: 'curl' },
  sshd: { name: 'sshd', package: 'openssh-server' },
  systemdAnalyze: { name: 'systemd-analyze', package: 'systemd' },
  openssl: { name: 'openssl', package: 'openssl' },
} as const satisfies Record<string, Program>;

const searched = (): readonly string[] => [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

export const hasProgram = (name: string): boolean => searched().some((folder) => existsSync(join(folder, name)));

/** Makes sure that the programs are there: with apt as root, else it fails with one sentence that says what to install. */
export async function ensurePrograms(wanted: readonly Program[], say: (line: string) => void): Promise<void> {
  const missing: Program[] = [];
  for (const program of wanted) if (!hasProgram(program.name)) missing.push(program);
  if (missing.length === 0) return;
  const packages = missing.map((program) => program.package).join(' ');
  if (process.getuid?.() !== 0 || !hasProgram('apt-get')) {
    throw new Error(`Please install ${missing.map(({ name }) => name).join(', ')} first (on Debian: apt-get install ${packages}).`);
  }
  say(`installing ${packages} with apt`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env: environment });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages.split(' ')], {
    env: environment,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Where things are kept that are dear to make: one Debian root as a tar. */
export const cacheDirectory = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'windlass');

/** What the example's images install: with it in the base already, their builds need no network. */
const included = ['ca-certificates', 'curl', 'haproxy', 'nginx-light'];

/** A small Debian root as a tar, made once a machine with debootstrap (about 40 s), for machines that no image registry answers. */
export async function debianTar(say: (line: string) => void): Promise<string> {
  const tar = join(cacheDirectory(), 'debian-bookworm.tar');
  if (
    await access(tar).then(
      () => true,
      () => false,
    )
  )
    return tar;
  await ensurePrograms([programs.debootstrap], say);
  await mkdir(cacheDirectory(), { recursive: true });
  const root = join(cacheDirectory(), `debian-${process.pid}`);
  say('making a Debian base image with debootstrap (less than a minute, once)');
  try {
    await run('debootstrap', ['--variant=minbase', `--include=${included.join(',')}`, 'bookworm', root], { maxBuffer: 64 * 1024 * 1024 });
    await run('tar', ['-C', root, '-cf', `${tar}.${process.pid}`, '.']);
    await rename(`${tar}.${process.pid}`, tar);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return tar;
}
