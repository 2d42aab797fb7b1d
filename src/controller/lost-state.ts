import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { HostRecord } from '../model/host.ts';
import { targetOf } from '../model/names.ts';
import type { InventoryWatch } from './inventory-watch.ts';

export interface LostStateDependencies {
  /** Redis knows of no environment: nothing was ever deployed from here, or what it held is lost. */
  readonly fresh: boolean;
  readonly hosts: () => Promise<readonly HostRecord[]>;
  /** Whether history has a deployment of the application: its containers are no surprise then. */
  readonly isInHistory: (environment: string, app: string) => Promise<boolean>;
  readonly watch: Pick<InventoryWatch, 'change'>;
  readonly log: Log;
}

/** Says so, once, when containers that windlass made are found though nothing is known of them; the function ends the look-out. */
export function tellLostState({ fresh, hosts, isInHistory, watch, log }: LostStateDependencies): () => void {
  const ending = new AbortController();
  const expected = new Set<string>();
  const isExpected = async (environment: string, app: string) => {
    const target = targetOf(environment, app);
    if (!expected.has(target) && (await isInHistory(environment, app))) expected.add(target);
    return expected.has(target);
  };
  const lookOut = async () => {
    for (;;) {
      const made = (await hosts()).flatMap(({ containers }) => containers).filter(({ spec }) => spec !== undefined);
      let surprises = 0;
      for (const { environment, app } of made) if (!(await isExpected(environment, app))) surprises++;
      if (surprises > 0) return log.warn({ containers: surprises }, lost);
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
