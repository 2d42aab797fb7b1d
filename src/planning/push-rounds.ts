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

/** Without many others: what staging and checking in a hundred containers takes on a slow engine. */
const leastMs = 50_000;
/** Nobody's accepted files lie in a container for longer, whatever has become of the controller. */
const mostMs = 300_000;
/** What one more container costs a host before all have accepted: an exec and a quick check. */
const eachMs = 250;

/**
 * How long accepted files are to be held: until the host with most of them has staged and checked all of its own, and through the pauses
 * between rounds. `later`: those that stage beside them and swap another time.
 */
export function longestHold(
  pushes: readonly DuePush[],
  later: readonly PushConfigStep[],
  paces: readonly Pick<Pace, 'name' | 'update'>[],
): number {
  const hosts = [...pushes.map(({ step }) => step.host), ...later.map(({ host }) => host)];
  const most = Math.max(0, ...[...new Set(hosts)].map((host) => hosts.filter((one) => one === host).length));
  const pauses = pushRounds(pushes, paces)
    .slice(0, -1)
    .reduce((sum, { delayMs }) => sum + delayMs, 0);
  return Math.min(leastMs + most * eachMs + pauses, mostMs);
}
