import type { Engine, ImageSummary } from '../docker/engine.ts';
import { engineStatus } from '../docker/errors.ts';
import type { Log } from '../log.ts';
import { formerTag, inputsLabel, splitReference } from './tags.ts';

/** What may be given up: the images of an engine, the ids that must stay, and how many old builds of each image to keep. */
export interface Pruning {
  readonly images: readonly ImageSummary[];
  readonly used: ReadonlySet<string>;
  readonly keep: number;
}

/**
 * The pinned tags of earlier builds that nobody uses, without the newest `keep` of each declared image. An image that still has
 * a tag for people, or that windlass did not build, is never among them.
 */
export function superseded({ images, used, keep }: Pruning): readonly string[] {
  const earlier = new Map<string, ImageSummary[]>();
  for (const image of images) {
    if (used.has(image.Id) || !isEarlierBuild(image)) continue;
    const declared = image.Labels['windlass.image'] ?? '';
    earlier.set(declared, [...(earlier.get(declared) ?? []), image]);
  }
  const newestFirst = (a: ImageSummary, b: ImageSummary) => b.Created - a.Created || (a.Id < b.Id ? -1 : 1);
  return [...earlier.values()].flatMap((builds) => builds.sort(newestFirst).slice(keep)).flatMap(({ RepoTags }) => RepoTags ?? []);
}

function isEarlierBuild({ Labels, RepoTags }: ImageSummary): boolean {
  const inputs = Labels?.[inputsLabel];
  if (inputs === undefined) return false;
  const pinned = `windlass-${inputs.slice(0, 16)}`;
  return (RepoTags ?? []).every((reference) => {
    const { tag } = splitReference(reference);
    return tag === pinned || tag.startsWith(formerTag);
  });
}

export interface ImagePruning {
  readonly engine: Pick<Engine, 'listImages' | 'listContainers' | 'removeImage'>;
  /** Ids in use elsewhere: by containers of other hosts that fetch their images from here. */
  readonly usedElsewhere: ReadonlySet<string>;
  readonly keep: number;
  readonly log: Log;
}

/**
 * Removes the superseded tags, never by force: the engine refuses what a container has come to use meanwhile.
 * An image that is wanted again is fetched or built again. The tags that were removed.
 */
export async function pruneImages({ engine, usedElsewhere, keep, log }: ImagePruning): Promise<readonly string[]> {
  const [images, containers] = await Promise.all([engine.listImages(), engine.listContainers([])]);
  const used = new Set([...usedElsewhere, ...containers.map(({ ImageID }) => ImageID)]);
  const removed: string[] = [];
  for (const tag of superseded({ images, used, keep })) {
    try {
      await engine.removeImage(tag);
      removed.push(tag);
    } catch (error) {
      if (engineStatus(error) !== 409) throw error;
      log.info({ image: tag }, 'image kept: in use again');
    }
  }
  if (removed.length > 0) log.info({ images: removed }, 'superseded images removed');
  return removed;
}
