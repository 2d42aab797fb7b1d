import { messageOf, WindlassError } from '../errors.ts';
import type { JobContext } from './consume.ts';
import type { Target } from './targets.ts';
import type { WantedRecord, WantedStore } from './wanted.ts';

/** One run: what was wanted when it began. */
export type Reconcile = (wanted: WantedRecord, context: JobContext) => Promise<void>;

/**
 * Runs `reconcile` until everything that was raised, also while it ran, is handled. A run that returns or fails for good
 * (a permanent WindlassError, but not `fenced`) has handled its generation; one that was aborted or may be tried again has not.
 * A failure that may be tried again is thrown, unless something newer came in meanwhile, which is run at once.
 */
export async function untilSettled(wanted: WantedStore, target: Target, reconcile: Reconcile, context: JobContext): Promise<void> {
  for (;;) {
    const record = await wanted.read(target);
    if (record.generation <= record.handled) return;
    const failure = await attempt(reconcile, record, context);
    context.signal.throwIfAborted();
    if (failure === undefined || isFinal(failure)) {
      if (failure !== undefined) context.log.warn({ target, error: messageOf(failure) }, 'run failed for good');
      await wanted.settle(target, record.generation);
    } else if ((await wanted.read(target)).generation <= record.generation) {
      throw failure;
    }
  }
}

async function attempt(reconcile: Reconcile, record: WantedRecord, context: JobContext): Promise<unknown> {
  try {
    await reconcile(record, context);
    return undefined;
  } catch (error) {
    return error ?? new Error('a run threw nothing');
  }
}

/** Trying again would not help: what was wanted has been handled, and failed. */
export const isFinal = (error: unknown): boolean => error instanceof WindlassError && error.permanent && error.code !== 'fenced';
