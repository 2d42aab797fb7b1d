import type {
  AdoptContainerStep,
  Claim,
  ContainerToCreate,
  RecreateContainerStep,
  RemoveContainerStep,
  RunJobStep,
  StepResult,
} from '../model/step.ts';
import { adopt, claimAll } from './claim.ts';
import type { ContainersDependencies, Run } from './dependencies.ts';
import { type Outcome, resultOf } from './outcome.ts';
import { recreate } from './recreate.ts';
import { remove } from './remove.ts';
import { runJob } from './run-job.ts';
import { sweepNetworks } from './sweep-networks.ts';

/** Carries out the steps that make, replace and remove containers. An aborted signal stops a run where it is and is thrown. */
export interface Containers {
  adopt(step: AdoptContainerStep, signal: AbortSignal): Promise<StepResult>;
  recreate(step: RecreateContainerStep, signal: AbortSignal): Promise<StepResult>;
  remove(step: RemoveContainerStep, signal: AbortSignal): Promise<StepResult>;
  runJob(step: RunJobStep, signal: AbortSignal): Promise<StepResult>;
  /** Removes the networks that windlass made and nobody uses or is about to. */
  sweepNetworks(): Promise<void>;
}

export function createContainers(dependencies: ContainersDependencies): Containers {
  const inTurn = createQueues();
  const perform = (signal: AbortSignal, act: (run: Run) => Promise<Outcome>) => {
    const passed = (point: string) => {
      dependencies.fault(point);
      signal.throwIfAborted();
    };
    const run: Run = { ...dependencies, now: dependencies.now ?? (() => performance.now()), signal, passed, inTurn };
    return resultOf(run, () => act(run));
  };
  const claimed = (step: { readonly claims?: readonly Claim[] | undefined }, signal: AbortSignal, act: (run: Run) => Promise<Outcome>) =>
    perform(signal, async (run) => {
      await claimAll(run, step.claims);
      return act(run);
    });
  const joining = new Set<ContainerToCreate>();
  /** Its networks may be made before there is a container that has them. */
  const withNetworks = async (container: ContainerToCreate, work: () => Promise<StepResult>) => {
    joining.add(container);
    try {
      return await work();
    } finally {
      joining.delete(container);
    }
  };
  const isWanted = (network: string) => [...joining].some(({ networks }) => networks.some(({ name }) => name === network));
  return {
    sweepNetworks: () => sweepNetworks({ ...dependencies, inTurn, isWanted }),
    adopt: (step, signal) => perform(signal, (run) => adopt(run, step)),
    recreate: (step, signal) => withNetworks(step.container, () => claimed(step, signal, (run) => recreate(run, step))),
    remove: (step, signal) => claimed(step, signal, (run) => remove(run, step)),
    runJob: (step, signal) => withNetworks(step.container, () => claimed(step, signal, (run) => runJob(run, step))),
  };
}

/** Acts of one key wait for each other. */
function createQueues(): Run['inTurn'] {
  const last = new Map<string, Promise<void>>();
  return (key, act) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(act, act);
    last.set(key, mine);
    const forget = () => {
      if (last.get(key) === mine) last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  };
}
