import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { adminToken, type Served, serve } from '../api/serve.ts';

export const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once stdout or stderr holds the text. */
  says(text: string): Promise<void>;
}

type Env = Readonly<Record<string, string>>;

/** `windlass …` as a real process with no terminal and none of this process's settings. */
export function start(args: readonly string[], env: Env = {}): Running {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env }, stdio: 'pipe' });
  const said = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      for (const look of waiting) look();
    });
  }
  child.stdin.end();
  const ended = new Promise<Ended>((resolve) => child.once('close', (status) => resolve({ status, ...said })));
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => (said.stdout + said.stderr).includes(text) && resolve();
      waiting.add(look);
      look();
      ended.then(() => reject(new Error(`windlass ${args.join(' ')} ended without "${text}": ${JSON.stringify(said)}`)));
    });
  return { child, ended, says };
}

export interface Door extends Served {
  start(...args: readonly string[]): Running;
  run(...args: readonly string[]): Promise<Ended>;
}

/** An API over a memory, and `windlass` with its URL and token. */
export async function door(t: ExecutionContext, env: Env = {}): Promise<Door> {
  const served = await serve(t);
  const settings = { WINDLASS_URL: served.url, WINDLASS_ADMIN_TOKEN: adminToken, ...env };
  return {
    ...served,
    start: (...args) => {
      const running = start(args, settings);
      t.teardown(() => running.child.kill('SIGKILL'));
      return running;
    },
    run: (...args) => start(args, settings).ended,
  };
}
