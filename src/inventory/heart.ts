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
  /** Whether the engine does: a host without its engine is lost like one without its agent. */
  readonly engineAnswers: () => boolean;
  readonly refreshAll: () => Promise<void>;
  readonly log: Log;
  readonly now: () => number;
}

/** Gives a sign of life every five seconds; says everything again where Redis has lost it, and that it is back where it was silent. */
export function startHeart(dependencies: HeartDependencies): { stop(): void } {
  const { store, facts, vitals, endings, engineAnswers, refreshAll, log, now } = dependencies;
  let beaten = now();
  const beat = async () => {
    if (!engineAnswers()) return;
    if (!(await store.beat(facts.name, vitals()))) {
      await store.writeFacts(facts);
      await refreshAll();
      await store.tell(facts.name);
    }
    const silentMs = now() - beaten;
    beaten = now();
    if (silentMs > lostAfterMs - beatMs) await store.tell(facts.name);
    await endings.settle();
  };
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'heartbeat not written'));
  }, beatMs);
  return { stop: () => clearInterval(timer) };
}
