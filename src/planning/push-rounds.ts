import type { UpdatePolicy } from '../model/application.ts';
import type { PushConfigStep } from '../model/step.ts';

/** A push that is due, and the service whose pace it keeps. */
export interface DuePush {
  readonly service: string;
  readonly step: PushConfigStep;
}

/** Containers whose files are swapped side by side, and how long the round after them waits, milliseconds. */
export interface Round {
  readonly pushes: readonly DuePush[];
  readonly delayMs: number;
}

type Paced = { readonly name: string; readonly update: Pick<UpdatePolicy, 'parallelism' | 'delayMs'> };

/**
 * In which order accepted files are swapped: of each service as many containers at a time as its parallelism says (0: all), services
 * side by side. Every push is in exactly one round, and keeps its place among those of its service.
 */
export function pushRounds(pushes: readonly DuePush[], services: readonly Paced[]): readonly Round[] {
  const rounds: { pushes: DuePush[]; delayMs: number }[] = [];
  for (const name of new Set(pushes.map(({ service }) => service))) {
    const mine = pushes.filter(({ service }) => service === name);
    const { parallelism, delayMs } = services.find((service) => service.name === name)?.update ?? { parallelism: 1, delayMs: 0 };
    const atOnce = parallelism === 0 ? mine.length : parallelism;
    for (let start = 0, at = 0; start < mine.length; start += atOnce, at++) {
      const round = rounds[at] ?? { pushes: [], delayMs: 0 };
      rounds[at] = { pushes: [...round.pushes, ...mine.slice(start, start + atOnce)], delayMs: Math.max(round.delayMs, delayMs) };
    }
  }
  return rounds;
}

/** Services of which more pushes failed than they put up with; `failed` and `pushes` name containers. */
export function overrun(
  failed: ReadonlySet<string>,
  pushes: readonly DuePush[],
  services: readonly { readonly name: string; readonly update: Pick<UpdatePolicy, 'maxFailureRatio' | 'failureAction'> }[],
): readonly string[] {
  return services
    .filter(({ name, update }) => {
      const mine = pushes.filter(({ service }) => service === name);
      const lost = mine.filter(({ step }) => failed.has(step.name));
      return update.failureAction !== 'continue' && lost.length > mine.length * update.maxFailureRatio;
    })
    .map(({ name }) => name);
}
