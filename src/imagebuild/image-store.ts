import type { Readable } from 'node:stream';
import type { Engine } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { ContainerToCreate } from '../model/step.ts';
import { createSharing } from './sharing.ts';
import { moveTag, nameFormer, nameLeft } from './tags.ts';

type Wanted = ContainerToCreate['image'];
type Built = Extract<Wanted, { kind: 'built' }>;
type External = Extract<Wanted, { kind: 'external' }>;

export interface ImageStoreOptions {
  readonly engine: Pick<Engine, 'inspectImage' | 'tagImage' | 'loadImage' | 'pullImage'>;
  /** A `docker save` tar of the reference, from wherever it was built. */
  readonly fetchImage: (reference: string, signal: AbortSignal) => Promise<Readable>;
  readonly fault: Fault;
  readonly log: Log;
}

/** The images that this host's containers are made from. */
export interface ImageStore {
  /** The id of the image on this host's engine, fetched or pulled where it has to be. */
  ensure(image: Wanted, signal: AbortSignal): Promise<string>;
}

export function createImageStore({ engine, fetchImage, fault, log }: ImageStoreOptions): ImageStore {
  const sharing = createSharing<string>();
  /** What an engine that counts ids differently calls what was fetched under an id. */
  const localIds = new Map<string, string>();

  const present = async ({ reference, id }: Built): Promise<string | undefined> => {
    const local = localIds.get(id) ?? id;
    if (!(await engine.inspectImage(local))) return undefined;
    await moveTag(engine, local, reference);
    return local;
  };

  const fetch = async ({ reference, id }: Built, signal: AbortSignal): Promise<string> => {
    await nameFormer(engine, reference);
    log.info({ image: reference }, 'fetching image');
    const tar = await fetchImage(reference, signal);
    fault('image:fetching');
    // Who was aborted while the answer was awaited is told of it no more.
    if (signal.aborted) tar.destroy();
    signal.throwIfAborted();
    signal.addEventListener('abort', () => tar.destroy(signal.reason), { once: true });
    await engine.loadImage(tar);
    fault('image:loaded');
    const loaded = await engine.inspectImage(reference);
    if (!loaded) throw new WindlassError('docker', `image ${reference} was fetched, but what came holds no image of that name`);
    if (loaded.Id !== id) {
      // containerd's image store counts the manifest's digest, the classic one the configuration's.
      log.warn({ image: reference, builtAs: id, id: loaded.Id }, 'image has another id on this engine than where it was built');
      localIds.set(id, loaded.Id);
    }
    return loaded.Id;
  };

  const pull = async ({ reference, pull: policy }: External, signal: AbortSignal): Promise<string> => {
    log.info({ image: reference, policy }, 'pulling image');
    const former = await engine.inspectImage(reference);
    await engine.pullImage(reference, (line) => log.debug({ image: reference, line }, 'pull'), signal);
    const pulled = await engine.inspectImage(reference);
    if (!pulled) throw new WindlassError('docker', `image ${reference} was pulled, but the engine does not have it`);
    if (former && former.Id !== pulled.Id) await nameLeft(engine, former.Id, reference);
    return pulled.Id;
  };

  return {
    ensure: async (image, signal) => {
      if (image.kind === 'built') {
        const key = `built ${image.reference} ${image.id}`;
        return (await present(image)) ?? sharing.run(key, signal, (shared) => fetch(image, shared));
      }
      for (const id of image.ids ?? []) if (await engine.inspectImage(id)) return id;
      const found = image.pull === 'always' ? undefined : await engine.inspectImage(image.reference);
      if (found) return found.Id;
      if (image.pull === 'never') throw absent(image.reference);
      return sharing.run(`external ${image.reference}`, signal, (shared) => pull(image, shared));
    },
  };
}

function absent(reference: string): WindlassError {
  return new WindlassError(
    'docker',
    `image ${reference} is not on this host and its pull_policy is never; bring it there (docker pull, docker load) or change the policy`,
  );
}
