import type { ContainerInspect, Engine, ImageInspect } from '../docker/engine.ts';
import type { Ledger } from '../model/ledger.ts';
import { composeContainerOf } from './compose-container.ts';
import { containerRecordOf } from './container-record.ts';
import type { Endings } from './endings.ts';
import { observedContainer } from './observed-container.ts';
import type { KnownContainer } from './store.ts';

/** What there is to know of a container by its id or name; undefined where it is gone or nobody's concern. */
export type Look = (id: string) => Promise<KnownContainer | undefined>;

export interface LookDependencies {
  readonly engine: Engine;
  readonly ledger: Pick<Ledger, 'configs' | 'ready' | 'adopted'>;
  readonly endings: Pick<Endings, 'wentDown'>;
  /** Shown every container before it is told what is known of it: it may have started since the last look. */
  readonly noteStart: (container: ContainerInspect) => Promise<void>;
  readonly now: () => number;
}

export function createLook({ engine, ledger, endings, noteStart, now }: LookDependencies): Look {
  const images = new Map<string, Promise<ImageInspect | undefined>>();
  // An id names the same image for ever; of those that Compose's containers run there are few.
  const imageOf = (id: string): Promise<ImageInspect | undefined> => {
    const known = images.get(id) ?? engine.inspectImage(id).catch(() => undefined);
    images.set(id, known);
    return known;
  };
  return async (id) => {
    const inspect = await engine.inspectContainer(id);
    if (!inspect) return undefined;
    await noteStart(inspect);
    const record = containerRecordOf(inspect, ledger, endings, now());
    if (!record) return composeContainerOf(inspect, await imageOf(inspect.Image));
    if (!ledger.adopted(inspect.Id)) return record;
    return { ...record, observed: observedContainer(inspect, await imageOf(inspect.Image)) };
  };
}
