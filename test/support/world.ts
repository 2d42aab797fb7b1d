import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createGitRepository, type GitRepository } from '../../playground/git-repository.ts';
import { debianTar } from '../../playground/machine.ts';
import { type Api, connectApi, startWindlass, type WindlassProcess, windlass } from '../../playground/windlass-process.ts';
import { startEngine, type TestEngine } from './engine.ts';

const run = promisify(execFile);
/** Compiled tests read what is not code from the checkout. */
const checkout = (path: string) =>
  fileURLToPath(new URL(`${import.meta.url.includes('/dist/') ? '../../../' : '../../'}${path}`, import.meta.url));
/** Two small applications on busybox: one hot-pushed, one baked into an image. */
export const siteRepository = checkout('test/fixtures/site');
/** Two as small ones whose containers note what they see of their config files. */
export const crashRepository = checkout('test/fixtures/crash');

/** A host, its engine, a repository and windlass beside them, all real, as one machine of a user would have them. */
export interface World {
  readonly directory: string;
  readonly engine: TestEngine;
  readonly repository: GitRepository;
  readonly url: string;
  readonly api: Api;
  readonly settings: Readonly<Record<string, string>>;
  /** Starts windlass (with more settings) inside the host's network namespace. */
  start(command: 'up' | 'controller' | 'agent', more?: Readonly<Record<string, string>>): Promise<WindlassProcess>;
  cli(...args: readonly string[]): Promise<{ stdout: string; stderr: string; status: number }>;
  /** A GET from this machine; undefined where nothing answers. */
  http(port: number, path?: string): Promise<{ status: number; body: string } | undefined>;
  /** Runs something in a container; its output. */
  exec(container: string, ...argv: readonly string[]): Promise<string>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** A folder to start the repository from. */
  readonly from?: string;
  /** Loads a Debian with nginx, haproxy and curl as `debian:bookworm`, which takes a few seconds. */
  readonly debian?: boolean;
}

export async function createWorld({ from, debian = false }: WorldOptions = {}): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-world-'));
  const engine = await startEngine();
  const processes: WindlassProcess[] = [];
  const repository = await prepare(engine, directory, from, debian).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  const port = 8420;
  const url = `http://${engine.address}:${port}`;
  const stateDirectory = join(directory, 'state');
  const settings = {
    WINDLASS_STATE_DIR: stateDirectory,
    WINDLASS_REPOSITORY: repository.bare,
    WINDLASS_LISTEN: `0.0.0.0:${port}`,
    WINDLASS_URL: url,
    WINDLASS_HOST: 'one',
    WINDLASS_HOST_ADDRESS: engine.address,
    WINDLASS_POLL: '1s',
    DOCKER_HOST: engine.dockerHost,
    PATH: process.env.PATH ?? '',
  };
  const logFile = join(directory, 'windlass.log');
  const token = async () => (await readFile(join(stateDirectory, 'admin-token'), 'utf8')).trim();
  return {
    directory,
    engine,
    repository,
    url,
    settings,
    api: explained(connectApi(url, token), logFile),
    start: async (command, more = {}) => {
      const started = await startWindlass(command, { ...settings, ...more }, logFile, ['nsenter', `--net=/run/netns/${engine.namespace}`]);
      processes.push(started);
      return started;
    },
    cli: (...args) => windlass(settings, ...args),
    http: async (at, path = '/') => {
      const response = await fetch(`http://${engine.address}:${at}${path}`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(5_000),
      }).catch(() => undefined);
      return response && { status: response.status, body: await response.text() };
    },
    exec: async (container, ...argv) => (await run('docker', ['-H', engine.dockerHost, 'exec', container, ...argv])).stdout,
    log: () => readFile(logFile, 'utf8').catch(() => ''),
    stop: async () => {
      for (const one of processes) await one.kill();
      await stopOrphanedRedis(stateDirectory);
      await engine.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** What windlass itself had to say, behind every wait that was in vain. */
function explained(api: Api, logFile: string): Api {
  const withLog = async (error: unknown) => {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw new Error(`${error instanceof Error ? error.message : error}\n${log.slice(-8000)}`);
  };
  return {
    ...api,
    settled: (...args) => api.settled(...args).catch(withLog),
    outcome: (...args) => api.outcome(...args).catch(withLog),
    deployed: (...args) => api.deployed(...args).catch(withLog),
  };
}

async function prepare(engine: TestEngine, directory: string, from: string | undefined, debian: boolean): Promise<GitRepository> {
  if (debian) await importDebian(engine);
  return createGitRepository(directory, from);
}

/** A killed windlass leaves its Redis running, for the next start to take over. */
async function stopOrphanedRedis(stateDirectory: string): Promise<void> {
  const { stdout } = await run('ps', ['-eo', 'pid,args'], { maxBuffer: 64 * 1024 * 1024 });
  const orphans = stdout.split('\n').filter((line) => line.includes('redis-server') && line.includes(stateDirectory));
  for (const line of orphans) process.kill(Number(line.trim().split(' ')[0]), 'SIGKILL');
}

async function importDebian(engine: TestEngine): Promise<void> {
  const tar = await debianTar(() => {});
  await run('docker', [
    '-H',
    engine.dockerHost,
    'import',
    '--change',
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    tar,
    'debian:bookworm',
  ]);
}
