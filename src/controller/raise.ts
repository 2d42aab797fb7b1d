import type { Trigger } from '../model/deployment.ts';
import { appTarget } from '../queue/targets.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';

export type Raise = (environment: string, app: string, trigger: Trigger) => Promise<void>;

/** Raises what is wanted of an application and wakes its worker. */
export function createRaise(wanted: Pick<WantedStore, 'raise'>, wakeups: Pick<Wakeups, 'wake'>): Raise {
  return async (environment, app, trigger) => {
    const target = appTarget(environment, app);
    await wanted.raise(target, { trigger });
    await wakeups.wake('deployments', target, { target });
  };
}
