import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import type { PushConfigStep } from '../model/step.ts';
import { handOf, limits, scriptAction } from './action.ts';
import { noteStart } from './audit.ts';
import { type Candidate, stage } from './candidate.ts';
import { type Check, checkArgv, sortChecks } from './checks.ts';
import { install, type Outcome, type Push, type PushDependencies } from './install.ts';
import { refusal } from './install-failure.ts';
import { type InstallRequest, targetsOf } from './install-request.ts';
import { differs, isDone, isVerified } from './ledger-entries.ts';
import { isStopped, placeStopped } from './place-stopped.ts';
import { cannotInstall, requireOwnership, requirePlacement } from './placement.ts';
import { runTool } from './run-tool.ts';
import { shadowOfRunning } from './shadow-options.ts';
import { sweepStaged } from './sweep-staged.ts';
import { verifyStart } from './verify-start.ts';

/** Installs the step's files in a running container, or in a stranger that is stopped; `refused` and `install` have changed nothing. */
export async function push(dependencies: PushDependencies, step: PushConfigStep, signal: AbortSignal): Promise<Outcome> {
  const { engine, ledger, contents } = dependencies;
  const container = await containerOf(engine, step);
  if (step.stranger === 'stopped') return placeStopped(dependencies, container, step, signal);
  await noteStart({ ledger }, container);
  const known = ledger.configs(container.Id);
  if (isDone(known, step)) {
    return isVerified(known, step) ? { kind: 'nothing-to-do' } : verifyStart({ ...dependencies, container, step }, signal);
  }
  requirePlacements(container, step);
  const hand = handOf(container);
  const checks = sortChecks(step);
  for (const argv of checks.shadow) {
    await dependencies.shadows.check({ name: step.name, shadow: shadowOfRunning(container), argv, files: step.all, absent: step.remove });
  }
  const files = await Promise.all(
    step.files.map(async (file) => ({ ...file, bytes: await contents(file.hash), differs: differs(known, file) })),
  );
  const script = step.action.kind === 'script' ? await contents(step.action.hash) : undefined;
  signal.throwIfAborted();
  const request = {
    name: step.name,
    container: container.Id,
    files,
    remove: step.remove,
    checks: hand === 'script' ? checks.staged : [],
    action: scriptAction(step.action, hand, script),
    limits: limitsOf(step, dependencies.progress.heldMs + (hand === 'agent' ? checks.staged.length : 0) * limits.toolMs),
  };
  const left = new Set([...ledger.staged(container.Id), ...targetsOf(request)]);
  await ledger.noteStaged(container.Id, [...left], container.State.StartedAt);
  return stageAndInstall({ ...dependencies, container, step }, request, hand === 'agent' ? checks.staged : [], signal);
}

/** `checks`: those that the agent runs on the candidates, as the container's own user. */
async function stageAndInstall(push: Push, request: InstallRequest, checks: readonly Check[], signal: AbortSignal): Promise<Outcome> {
  const { engine, container, step, fault, progress } = push;
  const candidate = await stage(engine, request, () => fault('push:staged'));
  try {
    if (checks.length > 0) await checkAsUser(engine, container, step.name, checks, candidate);
    fault('push:checked');
    signal.throwIfAborted();
    if ((await progress.held(signal)) === 'release') {
      fault('push:released');
      return { kind: 'released' };
    }
    fault('push:go');
    return await install(push, candidate);
  } finally {
    await leaveNothing(push, request, await candidate.end());
  }
}

/** What ends the container's processes ends the script before it has `swept`, also right behind a push that went well. */
async function leaveNothing({ ledger, engine, log, container }: Push, request: InstallRequest, swept: boolean): Promise<void> {
  if (!swept) return sweepStaged({ engine, ledger, log }, container.Id);
  const targets = targetsOf(request);
  const others = ledger.staged(container.Id).filter((target) => !targets.includes(target));
  await ledger.noteStaged(container.Id, others, container.State.StartedAt);
}

/** The step's container, in the state that the plan was made for. */
async function containerOf(engine: Engine, { container, name, stranger }: PushConfigStep): Promise<ContainerInspect> {
  const found = await engine.inspectContainer(container);
  const { Running: running, Paused: paused, Restarting: restarting, Status: status } = found?.State ?? {};
  if (found && (stranger === 'stopped' ? isStopped(found) : running && !paused && !restarting)) return found;
  const state = found ? `is ${status}` : 'is not there any more';
  const asked = stranger === 'stopped' ? 'its files were to be there before it starts' : 'files are pushed into a running container';
  // The next plan knows how it is now, and starts it first or waits for whoever paused it: that is no failure of these files.
  throw new WindlassError('host-lost', `cannot push files into ${name}: it ${state}; ${asked}`, { permanent: false });
}

function requirePlacements(container: ContainerInspect, { files, remove, action, name }: PushConfigStep): void {
  for (const target of [...files.map((file) => file.target), ...remove]) {
    if (requirePlacement(container, target, name) === 'tmpfs' && action.kind === 'restart') {
      throw cannotInstall(target, name, 'is on a tmpfs, which a restart empties', 'use a signal or exec action, or mount a volume there');
    }
  }
  for (const file of files) requireOwnership(container, file, name);
}

/** `heldMs`: how long the candidates may have to wait from the script's own checks on. */
function limitsOf({ verify, monitorMs }: PushConfigStep, heldMs: number): typeof limits {
  const verifyMs = verify.reduce((sum, { withinMs }) => sum + withinMs, 0);
  return {
    toolMs: limits.toolMs,
    holdMs: limits.holdMs + heldMs,
    verdictMs: limits.verdictMs + limits.toolMs + verifyMs + monitorMs,
  };
}

async function checkAsUser(
  engine: Engine,
  { Id: id, Config: { User: user } }: ContainerInspect,
  name: string,
  checks: readonly Check[],
  candidate: Candidate,
): Promise<void> {
  for (const check of checks) {
    const argv = checkArgv(check, (file) => candidate.paths(file).candidate);
    const { status, output } = await runTool(engine, id, { argv, user, withinMs: limits.toolMs });
    if (status !== 0) throw refusal(name, argv[0] ?? '', status, candidate.named(output));
  }
}
