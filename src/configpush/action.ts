import { constants } from 'node:os';
import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { PushConfigStep, StepAction } from '../model/step.ts';
import type { Candidate } from './candidate.ts';
import type { Push } from './install.ts';
import type { Limits } from './install-request.ts';
import { runTool } from './run-tool.ts';
import type { Complaint } from './verify.ts';

/** Where checks and actions run: with the files in the script as root, or by the agent as the container's own user. */
export type Hand = 'script' | 'agent';

/**
 * A container that runs as its own user gets its checks and exec actions as that user: root would read what the process cannot,
 * and leave files behind that it cannot write.
 */
export const handOf = (container: ContainerInspect): Hand =>
  ['', '0', 'root', '0:0', 'root:root'].includes(container.Config.User) ? 'script' : 'agent';

/** `holdMs` is what a candidate outlasts its step's wait for a word by. */
export const limits: Limits = { toolMs: 60_000, holdMs: 10_000, verdictMs: 60_000 };

/** The action's words for the script; of one that is the agent's only the program that it needs. A signal is always the script's. */
export function scriptAction(action: StepAction, hand: Hand, script: Uint8Array | undefined): readonly string[] {
  if (action.kind === 'signal') {
    const name = action.signal.replace(/^SIG/, '');
    // The kernel keeps 15 bytes of a process's name.
    const process = Buffer.from(action.process ?? '')
      .subarray(0, 15)
      .toString();
    return ['signal', name, String(mustBeHandled(name)), process];
  }
  if (action.kind === 'exec') return hand === 'script' ? ['run', ...action.argv] : ['needs', action.argv[0] ?? ''];
  return script ? ['needs', interpreterOf(script)[0] ?? ''] : [];
}

/** Sent to end a process, which then needs no handler. */
const endings = ['TERM', 'KILL', 'INT', 'QUIT', 'STOP'];

/**
 * The number of a signal that does harm, or nothing, without a handler; 0 of one that is sent to end a process, and of real-time signals.
 */
function mustBeHandled(name: string): number {
  const number: number = Object.entries(constants.signals).find(([known]) => known === `SIG${name}`)?.[1] ?? 0;
  return endings.includes(name) || number > 31 ? 0 : number;
}

/** What the action did: the container as it is to be watched from here on, or what went wrong. */
export type Effect = { readonly container: ContainerInspect } | { readonly complaint: Complaint };

/** The words for an action of the script that ended badly. */
export function scriptComplaint({ action }: PushConfigStep, status: number, candidate: Candidate): Complaint {
  const what = action.kind === 'exec' ? action.argv[0] : action.kind === 'signal' ? `signal ${action.signal}` : 'the action';
  return { reason: `${what} ended with exit status ${status}`, output: candidate.output() };
}

/** Does the agent's part of the action. */
export async function actFromOutside({ engine, step, container, contents }: Push): Promise<Effect> {
  const { action } = step;
  if (action.kind === 'restart') return restart(engine, container.Id);
  const tool = { user: container.Config.User || '0', withinMs: limits.toolMs };
  const run = async (name: string, argv: readonly string[], stdin?: Uint8Array): Promise<Effect> => {
    const { status, output } = await runTool(engine, container.Id, { ...tool, argv, ...(stdin ? { stdin } : {}) });
    return status === 0 ? { container } : { complaint: { reason: `${name} ended with exit status ${status}`, output } };
  };
  if (action.kind === 'script') {
    const script = await contents(action.hash);
    return run(action.name, interpreterOf(script), script);
  }
  return action.kind === 'exec' && handOf(container) === 'agent' ? run(action.argv[0] ?? '', action.argv) : { container };
}

/** The words of the script's first line behind `#!`, else a shell; `-` has any of them read the script from its stdin. */
export function interpreterOf(script: Uint8Array): readonly string[] {
  const [line = ''] = Buffer.from(script.subarray(0, 256)).toString().split('\n');
  const words = line.startsWith('#!') ? line.slice(2).trim().split(/\s+/) : [];
  return [...(words[0] ? words : ['sh']), '-'];
}

/** Restarts it, as one start of its own: nothing that happened to it before counts. */
export async function restart(engine: Engine, id: string): Promise<Effect> {
  try {
    await engine.restartContainer(id);
  } catch (error) {
    return { complaint: { reason: `the container did not restart: ${messageOf(error)}` } };
  }
  const container = await engine.inspectContainer(id);
  return container ? { container } : { complaint: { reason: 'the container was removed' } };
}
