import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, EngineEvent } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { HostFacts, HostVitals } from '../model/host.ts';
import type { Ledger } from '../model/ledger.ts';
import { composeLabels } from './compose-container.ts';
import { concernLabels, imageRecordOf } from './container-record.ts';
import { createEndings } from './endings.ts';
import { createLook } from './look.ts';
import { type InventoryStore, isOfCompose, type KnownContainer, lostAfterMs } from './store.ts';

const beatMs = 5_000;
const reconnectMs = 1_000;

/** Keeps Redis's picture of one host true: everything at the start and after a reconnect, then what events change. */
export interface InventoryReporter {
  /** Lists everything; the promise resolves once Redis has it. */
  refreshAll(): Promise<void>;
  /** One container, named by id or name, and the images: after a step, before its result is told. */
  refresh(container: string): Promise<void>;
  refreshImages(): Promise<void>;
  close(): Promise<void>;
}

export interface ReporterDependencies {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly store: InventoryStore;
  readonly facts: HostFacts;
  /** A container's process has started, and has read the files that are there. */
  readonly started: (container: string) => Promise<void>;
  /** How this process is, told with every sign of life. */
  readonly vitals: () => HostVitals;
  readonly log: Log;
  readonly now: () => number;
}

export async function startReporter({
  engine,
  ledger,
  store,
  facts,
  started,
  vitals,
  log,
  now,
}: ReporterDependencies): Promise<InventoryReporter> {
  const stopping = new AbortController();
  const host = facts.name;

  const endings = createEndings(ledger, now);
  const seen = new Map<string, string>();
  // One after another: an older look at a container must not be written over a newer one.
  let tail: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = tail.then(work);
    tail = mine.catch(() => {});
    return mine;
  };
  const look = createLook({ engine, ledger, endings, now });
  const note = async (changed: ReadonlyMap<string, KnownContainer | undefined>) => {
    const news = [...changed].filter(([id, known]) => (seen.get(id) ?? '') !== visible(known));
    for (const [id, known] of news) {
      if (visible(known) === '') seen.delete(id);
      else seen.set(id, visible(known));
    }
    if (news.length > 0) await store.tell(host);
  };
  const refreshImages = () => inTurn(async () => store.writeImages(host, (await engine.listImages()).map(imageRecordOf)));
  const refreshAll = async () => {
    await inTurn(async () => {
      endings.reached(await engineStart(engine));
      const listed = await Promise.all(kinds.map((labels) => engine.listContainers(labels)));
      const ids = new Set(listed.flat().map(({ Id }) => Id));
      const records = (await Promise.all([...ids].map(look))).filter((record) => record !== undefined);
      await store.replaceContainers(host, records);
      const gone = [...seen.keys()].filter((id) => !records.some((record) => record.id === id));
      await note(new Map([...records.map((record) => [record.id, record] as const), ...gone.map((id) => [id, undefined] as const)]));
    });
    await refreshImages();
  };
  const refresh = (id: string) =>
    inTurn(async () => {
      const record = await look(id);
      const changed = new Map([[record?.id ?? id, record]]);
      await store.writeContainers(host, changed);
      await note(changed);
    });
  const onEvent = async (event: EngineEvent) => {
    if (event.type === 'image') return refreshImages();
    const id = event.type === 'network' ? event.attributes.container : event.id;
    if (!id || !(event.type === 'network' || isLifeEvent(event))) return;
    if (event.action === 'start') await started(id);
    if (event.action === 'destroy') await ledger.forget(id);
    return refresh(id);
  };

  await adoptLongRunning(engine, ledger, now());
  await store.writeFacts(facts);
  await store.beat(host, vitals());
  await refreshAll();
  let beaten = now();
  // Also a host without a container, or with the same ones as before, has work waiting for it when it is back.
  await store.tell(host);
  const beat = setInterval(() => {
    beatAgain().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'heartbeat not written'));
  }, beatMs);
  const beatAgain = async () => {
    if (!(await store.beat(host, vitals()))) {
      await store.writeFacts(facts);
      await refreshAll();
      await store.tell(host);
    }
    const silentMs = now() - beaten;
    beaten = now();
    if (silentMs > lostAfterMs - beatMs) await store.tell(host);
    await endings.settle();
  };
  const following = follow({ engine, log, onEvent, refreshAll, onBroken: endings.lost, stopping: stopping.signal });

  return {
    refreshAll,
    refresh,
    refreshImages,
    close: async () => {
      clearInterval(beat);
      stopping.abort();
      await following;
    },
  };
}

/** Up for this long without a healthcheck is ready, whether or not the ledger remembers the step that said so. */
const settledMs = 60_000;

/** A ledger may be lost with the state directory: what has been serving all the while must not drop out of the lists. */
async function adoptLongRunning(engine: Engine, ledger: Ledger, now: number): Promise<void> {
  for (const { Id, State } of await engine.listContainers([...concernLabels])) {
    if (State !== 'running' || ledger.ready(Id)) continue;
    const started = (await engine.inspectContainer(Id))?.State.StartedAt;
    if (started && now - Date.parse(started) > settledMs) await ledger.markReady(Id);
  }
}

/** An engine makes its network `bridge` anew whenever it starts without containers that outlived it; else it says nowhere when it started. */
const engineStart = async (engine: Engine): Promise<string | undefined> => (await engine.inspectNetwork('bridge'))?.Created;

/** What of a container sets off a plan: all but its files, which change with the plan that asked for it, unless somebody else changed them. */
function visible(known: KnownContainer | undefined): string {
  if (!known || isOfCompose(known)) return '';
  const drifts = Object.entries(known.configs).filter(([, { drift }]) => drift);
  return JSON.stringify({ ...known, configs: drifts });
}

/** The labels of those that are an application's, and of those that may become one's. */
const kinds: readonly (readonly string[])[] = [concernLabels, [composeLabels.project, composeLabels.service]];

/** Exec events come with every healthcheck and say nothing about the container's life. */
function isLifeEvent({ type, action, attributes }: EngineEvent): boolean {
  return (
    type === 'container' && !action.startsWith('exec_') && kinds.some((labels) => labels.every((label) => attributes[label] !== undefined))
  );
}

interface Following {
  readonly engine: Engine;
  readonly log: Log;
  readonly onEvent: (event: EngineEvent) => Promise<void>;
  readonly refreshAll: () => Promise<void>;
  readonly onBroken: () => void;
  readonly stopping: AbortSignal;
}

/** Reads the engine's events one after another; whenever the stream is opened everything is listed again, so that nothing is missed. */
async function follow({ engine, log, onEvent, refreshAll, onBroken, stopping }: Following): Promise<void> {
  let tail = Promise.resolve();
  const enqueue = (event: EngineEvent) => {
    tail = tail
      .then(() => onEvent(event))
      .catch((error: unknown) => log.warn({ event: event.action, error: messageOf(error) }, 'event not recorded'));
  };
  while (!stopping.aborted) {
    const listAll = () => {
      tail = tail.then(refreshAll).catch((error: unknown) => log.warn({ error: messageOf(error) }, 'containers not listed'));
    };
    const streaming = engine
      .events(enqueue, stopping, listAll)
      .catch((error: unknown) => log.warn({ error: messageOf(error) }, "the engine's events broke off"));
    await streaming;
    onBroken();
    if (!stopping.aborted) await sleep(reconnectMs, undefined, { signal: stopping }).catch(() => {});
  }
  await tail;
}
