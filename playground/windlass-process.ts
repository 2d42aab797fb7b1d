import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HistoryDocument } from '../src/model/documents.ts';
import type { EnvironmentStatus, StatusDocument } from '../src/model/status-documents.ts';

const run = promisify(execFile);
/** dist/playground, or playground under a loader: the checkout is found from either. */
export const checkout = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../..' : '..', import.meta.url));
export const windlassProgram = join(checkout, 'bin', 'windlass');

/** A windlass process as its users run it. */
export interface WindlassProcess {
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with its exit status, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** SIGTERM, then waits. */
  stop(): Promise<void>;
  /** `kill -9`, then waits. */
  kill(): Promise<void>;
  /** Whether it stands still at an injection point. */
  isHalted(): Promise<boolean>;
  /** Lets one that stands still go on. */
  goOn(): void;
}

export async function startWindlass(
  command: 'up' | 'controller' | 'agent',
  environment: Readonly<Record<string, string>>,
  logFile: string,
  prefix: readonly string[] = [],
): Promise<WindlassProcess> {
  const log = await open(logFile, 'a');
  const [program = '', ...args] = [...prefix, process.execPath, windlassProgram, command];
  const child = spawn(program, args, { env: { ...cleanEnvironment(), ...environment }, stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  const exited = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')));
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  const pid = pidOf(child);
  return {
    pid,
    logFile,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    isHalted: () => isHalted(pid),
    goOn: () => void child.kill('SIGCONT'),
  };
}

/** The letter behind the program's name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const isHalted = async (pid: number): Promise<boolean> => /\) T /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('windlass did not start');
  return child.pid;
}

/** Without this machine's own settings: a test or demo says all of them itself. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WINDLASS_') && !name.startsWith('DOCKER_')));
}

/** Runs a command of the CLI; its output, exit status and messages. Never throws for a status that is not 0. */
export async function windlass(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ stdout: string; stderr: string; status: number }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [windlassProgram, ...args], {
      env: { ...cleanEnvironment(), ...environment },
      maxBuffer: 64 * 1024 * 1024,
    });
    return { stdout, stderr, status: 0 };
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: number };
    return { stdout, stderr, status: typeof code === 'number' ? code : -1 };
  }
}

/** The API as a script sees it. */
export interface Api {
  get<T>(path: string): Promise<T>;
  status(): Promise<StatusDocument>;
  history(): Promise<HistoryDocument>;
  /** Waits until the environment has the commit and nothing is under way; throws with what is the matter after the time. */
  settled(environment: string, commit: string, withinMs?: number): Promise<EnvironmentStatus>;
  /** Waits until it is deployed or has failed, also while it is held (an agent that is slow to come back). */
  outcome(environment: string, commit: string, withinMs?: number): Promise<EnvironmentStatus>;
  /** The same, and throws when it has failed. */
  deployed(environment: string, commit: string, withinMs?: number): Promise<EnvironmentStatus>;
  /** Waits until the API answers. */
  ready(withinMs?: number): Promise<void>;
}

/** Waits until the API of this process answers; where it does not, or the process ends before, it throws with what that wrote. */
export async function untilReady(api: Pick<Api, 'ready'>, { exited, logFile }: WindlassProcess): Promise<void> {
  const early = exited.then((status) => {
    throw new Error(`windlass ended with ${status}`);
  });
  await Promise.race([api.ready(), early]).catch(async (error: unknown) => {
    const log = await readFile(logFile, 'utf8');
    throw new Error(`${error instanceof Error ? error.message : error}\n${log.slice(-4000)}`);
  });
}

export function connectApi(url: string, token: () => Promise<string>): Api {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}/api/v1/${path}`, { headers: { authorization: `Bearer ${await token()}` } });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const status = () => get<StatusDocument>('status');
  const until = async <T>(what: string, look: () => Promise<T | undefined>, withinMs: number): Promise<T> => {
    const deadline = Date.now() + withinMs;
    let last: unknown;
    while (Date.now() < deadline) {
      const found = await look().catch((error: unknown) => {
        last = error instanceof Error ? error.message : error;
        return undefined;
      });
      if (found !== undefined) return found;
      // Every look has windlass work out its whole status.
      await sleep(200);
    }
    throw new Error(
      `${what}: not within ${withinMs / 1000} s; last: ${typeof last === 'string' ? last : JSON.stringify(last ?? (await status().catch(String)), null, 1)}`,
    );
  };
  const past =
    (...states: readonly EnvironmentStatus['state'][]): Api['settled'] =>
    async (environment, commit, withinMs = 120_000) =>
      until(
        `${environment} at ${commit.slice(0, 8)}`,
        async () => {
          const found = (await status()).environments.find(({ name }) => name === environment);
          return found?.wanted === commit && !states.includes(found.state) ? found : undefined;
        },
        withinMs,
      );
  const outcome = past('deploying', 'held');
  return {
    get,
    status,
    history: () => get<HistoryDocument>('history?limit=100'),
    settled: past('deploying'),
    outcome,
    deployed: async (...args) => {
      const found = await outcome(...args);
      if (found.state === 'deployed') return found;
      const said = found.apps.map(({ name, state, message }) => `${name} is ${state}: ${message}`);
      throw new Error(
        `${found.name} at ${found.wanted?.slice(0, 8)} is ${found.state}, not deployed: ${[found.message, ...said].join('; ')}`,
      );
    },
    ready: async (withinMs = 120_000) => void (await until('the controller', async () => (await status()) && true, withinMs)),
  };
}
