import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ControlStore } from '../queue/controls.ts';
import type { StateStore } from '../queue/state.ts';
import { appTarget, parseTarget } from '../queue/targets.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';
import type { CanaryPauses } from '../workers/deploy-context.ts';
import { sameRevision } from '../workers/environment-state.ts';

export interface CanaryPausesDependencies {
  readonly states: Pick<StateStore<unknown>, 'readState'>;
  readonly wanted: Pick<WantedStore, 'list'>;
  readonly controls: Pick<ControlStore, 'continueCanary'>;
  readonly wakeups: Pick<Wakeups, 'wake'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
  /** How often it is looked whether a pause is over. */
  readonly lookMs?: number;
}

export interface RunningCanaryPauses extends CanaryPauses {
  /** Goes on with the pauses that an earlier controller began. */
  resume(): Promise<void>;
  close(): void;
}

type Pause = Parameters<CanaryPauses['add']>[0];

/** No worker waits for a pause: it is written down in the application's state, and looked at here. */
export function createCanaryPauses({
  states,
  wanted,
  controls,
  wakeups,
  now,
  log,
  lookMs = 250,
}: CanaryPausesDependencies): RunningCanaryPauses {
  const pauses = new Map<string, Pause>();
  const add = (pause: Pause) => void pauses.set(`${pause.environment}/${pause.app}`, pause);
  const end = async (key: string, { environment, app, revision, until }: Pause) => {
    const part = (await states.readState(appTarget(environment, app)))?.part;
    // One that was taken back, or whose place another has taken, is nobody's any more: it must not let a second attempt go on.
    if (part?.canary?.until !== until || !sameRevision(part.revision, revision)) return void pauses.delete(key);
    await controls.continueCanary(environment, app, { revision, at: new Date(now()).toISOString() });
    const target = appTarget(environment, app);
    await wakeups.wake('deployments', target, { target });
    pauses.delete(key);
  };
  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    for (const [key, pause] of pauses) {
      if (Date.parse(pause.until) > now()) continue;
      await end(key, pause).catch((error: unknown) => log.warn({ target: key, error: messageOf(error) }, 'canary not let go on yet'));
    }
    looking = false;
  };
  const timer = setInterval(() => void look(), lookMs);
  return {
    add,
    resume: async () => {
      for (const { target } of await wanted.list()) {
        const named = parseTarget(target);
        if (named.kind !== 'app') continue;
        const { environment, app } = named;
        const part = (await states.readState(appTarget(environment, app)))?.part;
        if (part?.canary?.until !== undefined) add({ environment, app, revision: part.revision, until: part.canary.until });
      }
    },
    close: () => clearInterval(timer),
  };
}
