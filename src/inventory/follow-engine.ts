import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, EngineEvent } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

const againMs = 1_000;
/** Containers that are looked at side by side: the engine has others to answer, too. */
const mostAtOnce = 32;
export const inBatches = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / mostAtOnce) }, (_, batch) => ids.slice(batch * mostAtOnce, (batch + 1) * mostAtOnce));

export interface FollowDependencies {
  readonly engine: Pick<Engine, 'events'>;
  /** The id of the container that an event is about; undefined: it is about none that matters. */
  readonly concerns: (event: EngineEvent) => string | undefined;
  readonly onDestroy: (id: string) => Promise<void>;
  /** Something has happened to each of these. */
  readonly onContainers: (ids: readonly string[]) => Promise<void>;
  readonly onImages: () => Promise<void>;
  /** Something may have happened that no event told of: the stream has been opened, or a look failed. */
  readonly onGap: () => Promise<void>;
  /** The stream has been opened. */
  readonly onOpen: () => void;
  readonly onBroken: () => void;
  readonly log: Log;
}

/** What is to be looked at: each thing once, however many events were about it. */
interface Pending {
  gap: boolean;
  images: boolean;
  readonly containers: Set<string>;
  readonly destroyed: Set<string>;
}

const nothing = (): Pending => ({ gap: false, images: false, containers: new Set(), destroyed: new Set() });

/** Follows the engine's events over reconnects until it is closed. What happens while it is busy is looked at together, and once. */
export function followEngine(dependencies: FollowDependencies): { close(): Promise<void> } {
  const { engine, onBroken, log } = dependencies;
  const stopping = new AbortController();
  let pending = nothing();
  let working = Promise.resolve();
  let isWorking = false;
  const work = async () => {
    isWorking = true;
    while (isAnything(pending)) {
      const now = pending;
      pending = nothing();
      const done = await lookAt(now, dependencies);
      if (done || stopping.signal.aborted) continue;
      await sleep(againMs, undefined, { signal: stopping.signal }).catch(() => {});
      pending.gap = true;
    }
    isWorking = false;
  };
  const wake = () => {
    if (!isWorking) working = work();
  };
  const onEvent = (event: EngineEvent) => {
    if (add(pending, event, dependencies)) wake();
  };
  const onOpen = () => {
    dependencies.onOpen();
    pending.gap = true;
    wake();
  };
  const read = async () => {
    while (!stopping.signal.aborted) {
      await engine
        .events(onEvent, stopping.signal, onOpen)
        .catch((error: unknown) => log.warn({ error: messageOf(error) }, "the engine's events broke off"));
      onBroken();
      await sleep(againMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const reading = read();
  return {
    close: async () => {
      stopping.abort();
      await reading;
      await working;
    },
  };
}

const isAnything = ({ gap, images, containers }: Pending): boolean => gap || images || containers.size > 0;

/** Whether there is something to look at now. */
function add(pending: Pending, event: EngineEvent, { concerns }: FollowDependencies): boolean {
  if (event.type === 'image') pending.images = true;
  const id = concerns(event);
  if (id === undefined) return event.type === 'image';
  pending.containers.add(id);
  if (event.action === 'destroy') pending.destroyed.add(id);
  return true;
}

/** Whether everything could be looked at. */
async function lookAt({ gap, images, containers, destroyed }: Pending, on: FollowDependencies): Promise<boolean> {
  try {
    await Promise.all([...destroyed].map(on.onDestroy));
    if (gap) await on.onGap();
    else if (images) await on.onImages();
    for (const some of gap ? [] : inBatches([...containers])) await on.onContainers(some);
    return true;
  } catch (error) {
    on.log.warn({ error: messageOf(error) }, 'what happened to containers is not recorded yet');
    return false;
  }
}
