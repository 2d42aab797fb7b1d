import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { HostRecord } from '../model/host.ts';
import type { InventoryWatch } from './inventory-watch.ts';

export interface LostStateDependencies {
  /** Redis knows of no environment: nothing was ever deployed from here, or what it held is lost. */
  readonly fresh: boolean;
  readonly hosts: () => Promise<readonly HostRecord[]>;
  readonly watch: Pick<InventoryWatch, 'change'>;
  readonly log: Log;
}

/** Says so, once, when containers that windlass made are found though nothing is known of them; the function ends the look-out. */
export function tellLostState({ fresh, hosts, watch, log }: LostStateDependencies): () => void {
  const ending = new AbortController();
  const lookOut = async () => {
    for (;;) {
      const made = (await hosts()).flatMap(({ containers }) => containers).filter(({ spec }) => spec !== undefined).length;
      if (made > 0) return log.warn({ containers: made }, lost);
      await watch.change(60_000, ending.signal);
    }
  };
  if (fresh)
    lookOut().catch((error: unknown) => ending.signal.aborted || log.debug({ error: messageOf(error) }, 'not looked for lost state'));
  return () => ending.abort();
}

const lost =
  'windlass containers run here, but Redis knows nothing of them: history, freezes, rollbacks and approvals from before are lost. ' +
  'What was frozen is not frozen any more; what needs approval waits for it again';
