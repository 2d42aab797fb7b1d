import type { Operations } from '../api/operations.ts';
import type { Lock } from '../queue/locks.ts';
import type { Redis } from '../queue/redis.ts';
import type { EnvironmentStore } from './environment-store.ts';

/** What GET /readyz answers; `redis` is of the role `producer`. */
export function createReadiness(
  redis: Redis,
  lock: Pick<Lock, 'lost'>,
  environments: Pick<EnvironmentStore, 'problem'>,
): Operations['ready'] {
  return async () => {
    const answer = await redis.ping().catch(() => undefined);
    const reasons = [
      answer === 'PONG' ? '' : 'Redis does not answer',
      lock.lost.aborted ? 'another controller has taken over' : '',
      environments.problem() ?? '',
    ].filter((reason) => reason !== '');
    return { ok: reasons.length === 0, reasons };
  };
}
