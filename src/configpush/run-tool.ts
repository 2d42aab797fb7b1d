import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import { isMissingProgram } from './install-session.ts';
import { processFunctions } from './process-functions.ts';
import { collectOutput, toolOutput } from './tool-output.ts';
import { toolScript } from './tool-script.ts';

/** A program that ran in a container; 127 where it is not there, 124 where it did not end in time. */
export interface ToolRun {
  readonly status: number;
  readonly output: string;
}

export interface Tool {
  readonly argv: readonly string[];
  readonly user: string;
  readonly withinMs: number;
  /** Nothing where left out. */
  readonly stdin?: Uint8Array;
}

/**
 * Runs a program in a running container that has a shell. One that does not end in time is ended with all that it started: the engine
 * has no call for that, so it says its process id first. Where this process dies, it ends by itself: its stdin is held open until then.
 */
export async function runTool(engine: Engine, container: string, { argv, user, withinMs, stdin }: Tool): Promise<ToolRun> {
  try {
    const size = String(stdin?.byteLength ?? 0);
    const session = await engine.exec(container, { argv: ['sh', '-c', toolScript, 'windlass', size, ...argv], user });
    session.stdin.on('error', () => {});
    if (stdin) session.stdin.write(stdin);
    let pid: string | undefined;
    session.stderr.on('data', (chunk: Buffer) => {
      pid ??= /windlass-pid-(\d+)/.exec(String(chunk))?.[1];
    });
    const outputs = [collectOutput(session.stdout), collectOutput(session.stderr)];
    const timer = new AbortController();
    const status = await Promise.race([session.exit, sleep(withinMs, 124, { signal: timer.signal })]).finally(() => timer.abort());
    if (status === 124 && pid !== undefined) await end(engine, container, pid);
    session.close();
    const output = toolOutput(outputs.map(({ text }) => text()).join('\n'));
    return { status, output: status === 124 ? `${output}\n(did not end within ${withinMs / 1000} s)`.trim() : output };
  } catch (error) {
    if (isMissingProgram(messageOf(error))) return { status: 127, output: toolOutput(messageOf(error)) };
    throw error;
  }
}

const endMs = 5_000;

/** Whatever goes wrong here, the deadline has been told: nobody waits for what may be left. */
async function end(engine: Engine, container: string, pid: string): Promise<void> {
  const argv = ['sh', '-c', `${processFunctions}slay "$1"`, 'windlass', pid];
  const ending = engine.exec(container, { argv, user: '0' }).then(async (session) => {
    session.stdin.on('error', () => {}).end();
    await session.exit;
  });
  await Promise.race([ending.catch(() => {}), sleep(endMs)]);
}
