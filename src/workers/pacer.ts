import type { Step } from '../model/step.ts';
import type { Plan } from '../planning/plan.ts';

/** Keeps the time between one replaced container of a service and the next, within one run. Times are epoch milliseconds. */
export interface Pacer {
  /** How long the steps have to wait yet. */
  pauseMs(plan: Plan, steps: readonly Step[], now: number): number;
  /** The steps are done. */
  changed(plan: Plan, steps: readonly Step[], now: number): void;
}

export function createPacer(): Pacer {
  const lastChange = new Map<string, number>();
  return {
    pauseMs: ({ differences, paces }, steps, now) => {
      const starting = differences.filter(({ step, replaces, retires }) => step && replaces && !retires && steps.includes(step));
      const left = starting.map(({ service = '' }) => {
        const last = lastChange.get(service);
        const delayMs = paces.find(({ name }) => name === service)?.update.delayMs ?? 0;
        return last === undefined ? 0 : last + delayMs - now;
      });
      return Math.max(0, ...left);
    },
    changed: ({ differences }, steps, now) => {
      for (const { step, replaces, service } of differences) {
        if (step && replaces && service !== undefined && steps.includes(step)) lastChange.set(service, now);
      }
    },
  };
}
