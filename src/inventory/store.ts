import { z } from 'zod';
import {
  type ComposeContainer,
  type ContainerRecord,
  composeContainer,
  containerRecord,
  type HostFacts,
  type HostRecord,
  type HostVitals,
  hostFacts,
  hostVitals,
  type ImageRecord,
  imageRecord,
} from '../model/host.ts';
import type { Redis } from '../queue/redis.ts';

/** An agent that has not been heard of for this long is lost. It beats every five seconds. */
export const lostAfterMs = 15_000;

const key = (host: string, part: string) => `windlass:host:${host}:${part}`;
const hostsKey = 'windlass:hosts';
export const inventoryChannel = 'windlass:inventory';
const reminding = ' again';
/** Whether a message of the channel is a reminder, and not of a change. */
export const isReminder = (message: string): boolean => message.endsWith(reminding);

/** An application's container, or one of Compose's that may become one: by its id it is only ever one of them. */
export type KnownContainer = ContainerRecord | ComposeContainer;
export const isOfCompose = (known: KnownContainer): known is ComposeContainer => 'project' in known;
const knownContainer = z.union([composeContainer, containerRecord]);

/** What agents report, in Redis: written by each agent for its own host, read by the controller. */
export interface InventoryStore {
  writeFacts(facts: HostFacts): Promise<void>;
  /** Replaces what is known of these containers; a record undefined is one that is gone. */
  writeContainers(host: string, changed: ReadonlyMap<string, KnownContainer | undefined>): Promise<void>;
  /** Everything there is: what is not among them is forgotten. */
  replaceContainers(host: string, all: readonly KnownContainer[]): Promise<void>;
  writeImages(host: string, images: readonly ImageRecord[]): Promise<void>;
  /** How networks and volumes were declared when they were made. */
  writeDeclared(host: string, declared: NonNullable<HostRecord['declared']>): Promise<void>;
  /** Has whoever waits or renders look again: something that a template or a plan could see has changed. */
  tell(host: string): Promise<void>;
  /** Nothing has changed, but something that is installed has not been loaded, and it is time to try again. */
  remind(host: string): Promise<void>;
  /**
   * A sign of life, and how the agent is, by Redis's clock and nobody else's. False: Redis knows nothing of the host (its data was lost),
   * who should say all again.
   */
  beat(host: string, vitals?: HostVitals): Promise<boolean>;
  readHosts(): Promise<readonly HostRecord[]>;
  /** A host that is gone for good: nothing is known of it until its agent reports again, which then joins as a new one. */
  forget(host: string): Promise<void>;
}

export function createInventoryStore(redis: Redis): InventoryStore {
  return {
    writeFacts: async (facts) => {
      const stored = [key(facts.name, 'facts'), key(facts.name, 'joined')];
      await redis.eval(joinScript, 3, hostsKey, ...stored, facts.name, JSON.stringify(facts));
    },
    writeContainers: async (host, changed) => {
      const transaction = redis.multi();
      for (const [id, record] of changed) {
        if (record) transaction.hset(key(host, 'containers'), id, JSON.stringify(record));
        else transaction.hdel(key(host, 'containers'), id);
      }
      await transaction.exec();
    },
    replaceContainers: async (host, all) => {
      const transaction = redis.multi().del(key(host, 'containers'));
      for (const record of all) transaction.hset(key(host, 'containers'), record.id, JSON.stringify(record));
      await transaction.exec();
    },
    writeImages: async (host, images) => void (await redis.set(key(host, 'images'), JSON.stringify(images))),
    writeDeclared: async (host, declared) => void (await redis.set(key(host, 'declared'), JSON.stringify(declared))),
    tell: async (host) => void (await redis.publish(inventoryChannel, host)),
    remind: async (host) => void (await redis.publish(inventoryChannel, `${host}${reminding}`)),
    beat: async (host, vitals) => {
      const parts = [key(host, 'seen'), key(host, 'facts'), key(host, 'vitals')];
      return (await redis.eval(beatScript, parts.length, ...parts, vitals === undefined ? '' : JSON.stringify(vitals))) === 1;
    },
    readHosts: async () => {
      const now = milliseconds(await redis.time());
      const names = (await redis.smembers(hostsKey)).sort();
      const hosts = await Promise.all(names.map((name) => readHost(redis, name, now)));
      return hosts.filter((host) => host !== undefined);
    },
    forget: async (host) => {
      const parts = ['facts', 'containers', 'images', 'seen', 'joined', 'vitals', 'declared'].map((part) => key(host, part));
      await redis
        .multi()
        .srem(hostsKey, host)
        .del(...parts)
        .exec();
    },
  };
}

const joinScript = `
local time = redis.call('TIME')
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SET', KEYS[3], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), 'NX')`;

const beatScript = `
local time = redis.call('TIME')
redis.call('SET', KEYS[1], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
if ARGV[1] ~= '' then redis.call('SET', KEYS[3], ARGV[1]) end
return redis.call('EXISTS', KEYS[2])`;

/** TIME answers seconds and microseconds. */
const milliseconds = ([seconds, microseconds]: readonly (string | number)[]): number =>
  Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);

async function readHost(redis: Redis, name: string, now: number): Promise<HostRecord | undefined> {
  const parts = ['facts', 'images', 'seen', 'joined', 'vitals', 'declared'].map((part) => key(name, part));
  const [facts, images, seen, joined, vitals, declared] = await redis.mget(parts);
  if (!facts) return undefined;
  const known = Object.values(await redis.hgetall(key(name, 'containers'))).map((text) => knownContainer.parse(JSON.parse(text)));
  known.sort((a, b) => (a.id < b.id ? -1 : 1));
  const lastSeen = Number(seen ?? 0);
  return {
    ...hostFacts.parse(JSON.parse(facts)),
    state: now - lastSeen > lostAfterMs ? 'lost' : 'ready',
    lastSeen,
    joined: Number(joined ?? 0),
    containers: known.filter((one): one is ContainerRecord => !isOfCompose(one)),
    compose: known.filter(isOfCompose),
    images: imageRecord.array().parse(JSON.parse(images ?? '[]')),
    ...(declared ? { declared: z.record(z.string(), z.string()).parse(JSON.parse(declared)) } : {}),
    ...(vitals ? { vitals: hostVitals.parse(JSON.parse(vitals)) } : {}),
  };
}
