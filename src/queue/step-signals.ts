import type { Log } from '../log.ts';
import { type StepSignal, stepSignal } from './agent-jobs.ts';
import { stepsChannel } from './keys.ts';
import { parseJson } from './parse-json.ts';
import { duplicate, type Redis } from './redis.ts';

/** Tells apart whose step has started or ended, for all hosts over one connection. */
export interface StepSignals {
  listen(job: string, onState: (state: StepSignal['state']) => void): () => void;
  close(): void;
}

export function createStepSignals(redis: Redis, log: Log): StepSignals {
  const listeners = new Map<string, (state: StepSignal['state']) => void>();
  const subscriber = duplicate(redis, log);
  subscriber.subscribe(stepsChannel).catch(() => {});
  subscriber.on('message', (_channel, text) => {
    const { data } = stepSignal.safeParse(parseJson(text));
    if (data) listeners.get(data.job)?.(data.state);
  });
  return {
    listen: (job, onState) => {
      listeners.set(job, onState);
      return () => listeners.delete(job);
    },
    close: () => subscriber.disconnect(),
  };
}
