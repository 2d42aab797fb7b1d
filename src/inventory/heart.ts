import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { HostFacts, HostVitals } from '../model/host.ts';
import type { Endings } from './endings.ts';
import { type InventoryStore, lostAfterMs } from './store.ts';

const beatMs = 5_000;

export interface HeartDependencies {
  readonly store: Pick<InventoryStore, 'beat' | 'writeFacts' | 'tell'>;
  readonly facts: HostFacts;
  readonly endings: Pick<Endings, 'settle'>;
  /** How this process is, told with every sign of life. */
  readonly vitals: () => HostVitals;
  readonly engine: EngineState;
  /** Lists everything; may take longer than a host may be silent. */
  readonly refreshAll: () => Promise<void>;
  readonly now: () => number;
}

/** A host without its engine is lost like one without its agent. */
export interface EngineState {
  isReached(): boolean;
  /** It is reached, and everything has been listed since. */
  isListed(): boolean;
}

/** Gives a sign of life every five seconds. */
export function startHeart(dependencies: HeartDependencies & { readonly log: Log }): { stop(): void } {
  const { log } = dependencies;
  const beat = createBeat(dependencies);
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'heartbeat not written'));
  }, beatMs);
  return { stop: () => clearInterval(timer) };
}

/**
 * One sign of life; says everything again where Redis has lost it, and that the host is back where it was silent. A host that is known to
 * live lives on while everything is listed; one that is lost comes back with what is there.
 */
export function createBeat(dependencies: HeartDependencies): () => Promise<void> {
  const { store, facts, vitals, endings, engine, refreshAll, now } = dependencies;
  let beaten = now();
  return async () => {
    const wasSilent = now() - beaten > lostAfterMs - beatMs;
    if (wasSilent ? !engine.isListed() : !engine.isReached()) return;
    const isKnown = await store.beat(facts.name, vitals());
    beaten = now();
    if (!isKnown) {
      await refreshAll();
      await store.writeFacts(facts);
    }
    if (wasSilent || !isKnown) await store.tell(facts.name);
    await endings.settle();
  };
}
