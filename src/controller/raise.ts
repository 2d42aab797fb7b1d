import type { Trigger } from '../model/deployment.ts';
import { appTarget } from '../queue/targets.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';

/** `forced`: also where nothing else would be tried again. */
export type Raise = (environment: string, app: string, trigger: Trigger, forced?: boolean) => Promise<void>;

/** Raises what is wanted of an application and wakes its worker. */
export function createRaise(wanted: Pick<WantedStore, 'raise'>, wakeups: Pick<Wakeups, 'wake'>): Raise {
  return async (environment, app, trigger, forced = false) => {
    const target = appTarget(environment, app);
    await wanted.raise(target, { trigger, forced });
    await wakeups.wake('deployments', target, { target });
  };
}
