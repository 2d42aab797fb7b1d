import { setTimeout as sleep } from 'node:timers/promises';
import { WindlassError } from '../errors.ts';
import type { Run } from './dependencies.ts';
import { hasHealthcheck, isFinished, type Readiness, readinessOf } from './readiness.ts';

interface ReadyWait {
  /** What people call the container. */
  readonly name: string;
  readonly monitorMs: number;
  /** Started by this very run: any restart since counts against it. */
  readonly fresh: boolean;
  readonly mayFinish: boolean;
}

const pollMs = 150;

/**
 * Resolves once the container is healthy, or without a healthcheck has stayed up long enough; throws `health` at once when it cannot be.
 */
export async function waitReady(run: Run, id: string, { name, monitorMs, fresh, mayFinish }: ReadyWait): Promise<void> {
  const start = run.now();
  let restarts = fresh ? 0 : undefined;
  for (;;) {
    const found = await run.engine.inspectContainer(id);
    run.signal.throwIfAborted();
    if (!found) throw new WindlassError('health', `container ${name} was removed while it started`, { permanent: false });
    restarts ??= found.RestartCount;
    const wait = run.ledger.ready(id) ? 0 : monitorMs;
    const watchedMs = run.now() - start;
    const readiness = readinessOf(found, { watchedMs, monitorMs: wait, restarts, mayFinish });
    if (readiness.kind === 'failed') throw notReady(name, readiness);
    if (readiness.kind === 'ready') {
      if (!hasHealthcheck(found) && !isFinished(found)) await run.ledger.markReady(id);
      return;
    }
    await sleep(hasHealthcheck(found) ? pollMs : Math.min(pollMs, Math.max(wait - watchedMs, 1)), undefined, { signal: run.signal });
  }
}

function notReady(name: string, { reason, output }: Extract<Readiness, { kind: 'failed' }>): WindlassError {
  return new WindlassError('health', `container ${name} ${reason}`, output === undefined ? {} : { output });
}
