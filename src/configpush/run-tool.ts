import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import { isMissingProgram } from './install-session.ts';
import { collectOutput, toolOutput } from './tool-output.ts';

/** A program that ran in a container; 127 where it is not there, 124 where it did not end in time. */
export interface ToolRun {
  readonly status: number;
  readonly output: string;
}

/** Runs a program in a running container as the given user, its stdin empty. One that does not end is left behind: the engine has no call that ends it. */
export async function runTool(
  engine: Engine,
  container: string,
  argv: readonly string[],
  user: string,
  withinMs: number,
): Promise<ToolRun> {
  try {
    const session = await engine.exec(container, { argv, user });
    session.stdin.on('error', () => {});
    session.stdin.end();
    const outputs = [collectOutput(session.stdout), collectOutput(session.stderr)];
    const timer = new AbortController();
    const status = await Promise.race([session.exit, sleep(withinMs, 124, { signal: timer.signal })]).finally(() => timer.abort());
    session.close();
    const output = toolOutput(outputs.map(({ text }) => text()).join('\n'));
    return { status, output: status === 124 ? `${output}\n(did not end within ${withinMs / 1000} s)`.trim() : output };
  } catch (error) {
    if (isMissingProgram(messageOf(error))) return { status: 127, output: toolOutput(messageOf(error)) };
    throw error;
  }
}
