import type { Engine, EngineEvent } from '../docker/engine.ts';
import type { Log } from '../log.ts';
import type { HostFacts, HostVitals } from '../model/host.ts';
import type { Ledger } from '../model/ledger.ts';
import { declaredLabel } from '../planning/outdated.ts';
import { coalesced } from './coalesced.ts';
import { composeLabels } from './compose-container.ts';
import { concernLabels, imageRecordOf } from './container-record.ts';
import { createEndings, type Endings } from './endings.ts';
import { followEngine, inBatches } from './follow-engine.ts';
import { startHeart } from './heart.ts';
import { createLook, type LookDependencies } from './look.ts';
import { type InventoryStore, isOfCompose, type KnownContainer } from './store.ts';

/** Keeps Redis's picture of one host true: everything at the start and after a reconnect, then what events change. */
export interface InventoryReporter {
  /** Lists everything; the promise resolves once Redis has it as it was when this was called, or later. */
  refreshAll(): Promise<void>;
  /** One container, named by id or name, and the images: after a step, before its result is told. */
  refresh(container: string): Promise<void>;
  refreshImages(): Promise<void>;
  /** How often the connection to the engine has broken off, and after how many of them everything has been listed again. */
  engineLosses(): { readonly all: number; readonly listed: number };
  close(): Promise<void>;
}

export interface ReporterDependencies {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly store: InventoryStore;
  readonly facts: HostFacts;
  /** Shown every container that is looked at, before anything is told of it: it may have started, and read the files that are there. */
  readonly noteStart: LookDependencies['noteStart'];
  /** Called when the engine is reached (again), before everything is listed; never rejects. */
  readonly sweep: () => Promise<void>;
  /** How this process is, told with every sign of life. */
  readonly vitals: () => HostVitals;
  readonly log: Log;
  readonly now: () => number;
}

/** Starts following the engine; resolves once Redis has everything. */
export async function startReporter(dependencies: ReporterDependencies): Promise<InventoryReporter> {
  const { engine, ledger, store, facts, sweep, vitals, log, now } = dependencies;
  const endings = createEndings(ledger, now);
  const notes = createNotes({ ...dependencies, endings });
  const connection = { isOpen: true, losses: 0, listed: 0 };
  const isListed = () => connection.listed === connection.losses;
  const state = { isReached: () => connection.isOpen, isListed };
  await adoptLongRunning(engine, ledger, now());
  // Of a host that Redis knows nothing of, nobody is to see a part: it joins with all that it has.
  if (!(await store.beat(facts.name, vitals()))) await notes.refreshAll();
  await store.writeFacts(facts);
  const heart = startHeart({ store, facts, vitals, log, now, endings, engine: state, refreshAll: notes.refreshAll });
  const following = followEngine({
    engine,
    concerns: containerOf,
    onDestroy: (id) => ledger.forget(id),
    onContainers: notes.refresh,
    onImages: notes.refreshImages,
    onGap: async () => {
      const known = connection.losses;
      await sweep();
      await notes.refreshAll();
      connection.listed = known;
    },
    onOpen: () => {
      connection.isOpen = true;
    },
    onBroken: () => {
      connection.isOpen = false;
      connection.losses += 1;
      endings.lost();
    },
    log,
  });
  const reporter = {
    ...notes,
    refresh: (container: string) => notes.refresh([container]),
    engineLosses: () => ({ all: connection.losses, listed: connection.listed }),
    close: async () => {
      heart.stop();
      await following.close();
    },
  };
  try {
    await notes.refreshAll();
    // Also a host without a container, or with the same ones as before, has work waiting for it when it is back.
    await store.tell(facts.name);
    return reporter;
  } catch (error) {
    await reporter.close();
    throw error;
  }
}

interface Notes extends Pick<InventoryReporter, 'refreshAll' | 'refreshImages'> {
  refresh(containers: readonly string[]): Promise<void>;
}

/** Looks, writes down what it sees, and tells where something is visibly different from before. */
function createNotes(dependencies: ReporterDependencies & { readonly endings: Endings }): Notes {
  const { engine, ledger, store, facts } = dependencies;
  const host = facts.name;
  const look = createLook(dependencies);
  const seen = new Map<string, string>();
  // One after another: an older look at a container must not be written over a newer one.
  let tail: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = tail.then(work);
    tail = mine.catch(() => {});
    return mine;
  };
  const note = async (changed: ReadonlyMap<string, KnownContainer | undefined>) => {
    const news = [...changed].filter(([id, known]) => (seen.get(id) ?? '') !== visible(known));
    if (news.length > 0) await store.tell(host);
    for (const [id, known] of news) {
      if (visible(known) === '') seen.delete(id);
      else seen.set(id, visible(known));
    }
  };
  const refreshImages = () => inTurn(async () => store.writeImages(host, (await engine.listImages()).map(imageRecordOf)));
  const listAll = async () => {
    dependencies.endings.reached(await engineStart(engine));
    const listed = await Promise.all(kinds.map((labels) => engine.listContainers(labels)));
    const ids = [...new Set(listed.flat().map(({ Id }) => Id))];
    const records: KnownContainer[] = [];
    for (const some of inBatches(ids)) records.push(...(await Promise.all(some.map(look))).filter((record) => record !== undefined));
    await store.replaceContainers(host, records);
    await store.writeDeclared(host, await declaredOn(engine));
    await forgetGone(engine, ledger, new Set(ids));
    const gone = [...seen.keys()].filter((id) => !records.some((record) => record.id === id));
    await note(new Map([...records.map((record) => [record.id, record] as const), ...gone.map((id) => [id, undefined] as const)]));
  };
  return {
    refreshImages,
    refreshAll: coalesced(async () => {
      await inTurn(listAll);
      await refreshImages();
    }),
    refresh: (containers) =>
      inTurn(async () => {
        const looks = containers.map(async (container) => {
          const record = await look(container);
          return [record?.id ?? container, record] as const;
        });
        const changed = new Map(await Promise.all(looks));
        await store.writeContainers(host, changed);
        await note(changed);
      }),
  };
}

/** What the ledger knows of containers that went while nobody told of it: it would be reminded of for ever. */
async function forgetGone(engine: Pick<Engine, 'inspectContainer'>, ledger: Ledger, there: ReadonlySet<string>): Promise<void> {
  for (const id of ledger.all()) {
    if (!there.has(id) && !(await engine.inspectContainer(id))) await ledger.forget(id);
  }
}

/** How networks and volumes were declared when windlass made them. */
async function declaredOn(engine: Pick<Engine, 'listNetworks' | 'listVolumes'>): Promise<Record<string, string>> {
  const [networks, volumes] = await Promise.all([engine.listNetworks([declaredLabel]), engine.listVolumes([declaredLabel])]);
  const labelOf = ({ Labels }: { readonly Labels?: Readonly<Record<string, string>> | null | undefined }) => Labels?.[declaredLabel] ?? '';
  return Object.fromEntries([
    ...networks.map((network) => [`network ${network.Name}`, labelOf(network)]),
    ...volumes.map((volume) => [`volume ${volume.Name}`, labelOf(volume)]),
  ]);
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

/**
 * An engine makes its network `bridge` anew whenever it starts without containers that outlived it; else it says nowhere when it started.
 */
const engineStart = async (engine: Engine): Promise<string | undefined> => (await engine.inspectNetwork('bridge'))?.Created;

/**
 * What of a container sets off a plan: all but its files, which change with the plan that asked for it, unless somebody else changed them.
 */
function visible(known: KnownContainer | undefined): string {
  if (!known || isOfCompose(known)) return '';
  const drifts = Object.entries(known.configs).filter(([, { drift }]) => drift);
  return JSON.stringify({ ...known, configs: drifts });
}

/** The labels of those that are an application's, and of those that may become one's. */
const kinds: readonly (readonly string[])[] = [concernLabels, [composeLabels.project, composeLabels.service]];

/** The container that an event is about. */
function containerOf({ type, id, attributes }: EngineEvent): string | undefined {
  if (type === 'network') return attributes.container || undefined;
  if (type !== 'container') return undefined;
  return kinds.some((labels) => labels.every((label) => attributes[label] !== undefined)) ? id : undefined;
}
