import type { PushConfigStep } from '../model/step.ts';
import type { Pace } from './plan.ts';

/** A push that is due, and the service whose pace it keeps. */
export interface DuePush {
  readonly service: string | undefined;
  readonly step: PushConfigStep;
}

/** Containers whose files are swapped side by side, and how long the round after them waits, milliseconds. */
export interface Round {
  readonly pushes: readonly DuePush[];
  readonly delayMs: number;
}

/**
 * In which order accepted files are swapped: of each service as many containers at a time as its parallelism says (0: all), services
 * side by side. Every push is in exactly one round, and keeps its place among those of its service.
 */
export function pushRounds(pushes: readonly DuePush[], paces: readonly Pick<Pace, 'name' | 'update'>[]): readonly Round[] {
  const rounds: { pushes: DuePush[]; delayMs: number }[] = [];
  for (const name of new Set(pushes.map(({ service }) => service))) {
    const mine = pushes.filter(({ service }) => service === name);
    const { parallelism, delayMs } = paces.find((pace) => pace.name === name)?.update ?? { parallelism: 1, delayMs: 0 };
    const atOnce = parallelism === 0 ? mine.length : parallelism;
    for (let start = 0, at = 0; start < mine.length; start += atOnce, at++) {
      const round = rounds[at] ?? { pushes: [], delayMs: 0 };
      rounds[at] = { pushes: [...round.pushes, ...mine.slice(start, start + atOnce)], delayMs: Math.max(round.delayMs, delayMs) };
    }
  }
  return rounds;
}
