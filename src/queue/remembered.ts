import { z } from 'zod';
import type { PulledImages } from '../model/deployment.ts';
import { keys } from './keys.ts';
import { parseJson } from './parse-json.ts';
import type { Redis } from './redis.ts';
import type { AppTarget } from './targets.ts';

const revision = z.object({ commit: z.string(), sources: z.record(z.string(), z.string()) });

const remembered = z.object({
  /** The drain of each service as it was last deployed, in milliseconds. */
  drains: z.record(z.string(), z.number()).default({}),
  /** How long the lists were that installed files were rendered from, by the files' hashes and the lists' names. */
  lists: z.record(z.string(), z.record(z.string(), z.number())).default({}),
  /** Pinned references, and ids of images not built here, of what it was deployed from last, and before that from others. */
  images: z.array(z.string()).default([]),
  formerImages: z.array(z.string()).default([]),
  /** Its config files have held secrets. */
  secrets: z.boolean().default(false),
  /** At which revision the images that are always pulled were asked for last, and the hosts that were there. */
  refreshed: z.object({ revision, hosts: z.array(z.string()).readonly() }).optional(),
  /** A person has agreed that everything which this revision no longer has is removed. */
  released: revision.optional(),
});
export type Remembered = Readonly<z.infer<typeof remembered>>;

/** What has to be known of an application beside the repository: when it has left it, and of the images to go back to. */
export interface RememberedStore {
  read(target: AppTarget): Promise<Remembered>;
  /** It has been deployed so. */
  deployed(
    target: AppTarget,
    known: { readonly drains: Readonly<Record<string, number>>; readonly images: readonly string[]; readonly pulled: PulledImages },
  ): Promise<void>;
  keepLists(target: AppTarget, lists: Remembered['lists']): Promise<void>;
  /** Files with secrets are about to be installed. */
  markSecrets(target: AppTarget): Promise<void>;
  markRefreshed(target: AppTarget, refreshed: NonNullable<Remembered['refreshed']>): Promise<void>;
  release(target: AppTarget, revision: Remembered['released']): Promise<void>;
  forget(target: AppTarget): Promise<void>;
}

export function createRemembered(redis: Redis): RememberedStore {
  const set = (target: AppTarget, fields: object) =>
    redis.hset(keys.remembered(target), Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)])));
  const read = async (target: AppTarget) => {
    const fields = await redis.hgetall(keys.remembered(target));
    return remembered.parse(Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, parseJson(text)])));
  };
  return {
    read,
    deployed: async (target, { drains, images: built, pulled }) => {
      const before = await read(target);
      const images = [...built, ...Object.values(pulled).flat()];
      const others = JSON.stringify(before.images) !== JSON.stringify(images);
      await set(target, { drains, images, ...(others ? { formerImages: before.images } : {}) });
    },
    keepLists: async (target, lists) => void (await set(target, { lists })),
    markSecrets: async (target) => void (await set(target, { secrets: true })),
    markRefreshed: async (target, refreshed) => void (await set(target, { refreshed })),
    release: async (target, released) => void (await set(target, { released })),
    forget: async (target) => void (await redis.del(keys.remembered(target))),
  };
}
