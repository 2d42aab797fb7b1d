import type { Engine, ImageSummary } from '../docker/engine.ts';
import { engineStatus } from '../docker/errors.ts';
import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import { formerTag, formerTagOf, inputsLabel, splitReference } from './tags.ts';

/** What may be given up: the images of an engine, what must stay, and how many old builds of each image to keep. */
export interface Pruning {
  readonly images: readonly ImageSummary[];
  /** Ids of images that containers use. */
  readonly used: ReadonlySet<string>;
  /** Pinned references and ids of images that some deployment needs, though no container may use them. */
  readonly needed: ReadonlySet<string>;
  /** By `name:tag` as it is declared. */
  readonly keep: (image: string) => number;
}

/**
 * The pinned tags of earlier builds that nobody uses or needs, without the newest of each declared image that are kept, the ids of
 * nameless ones, and what a pull of windlass's left without a name. An image that still has a tag for people, or that somebody else
 * brought, is never among them.
 */
export function superseded({ images, used, needed, keep }: Pruning): readonly string[] {
  const earlier = new Map<string, ImageSummary[]>();
  const left: string[] = [];
  for (const image of images) {
    const tags = tagsOf(image);
    if (used.has(image.Id) || needed.has(image.Id) || tags.some((tag) => needed.has(tag))) continue;
    if (isEarlierPull(image)) left.push(...tags);
    if (!isEarlierBuild(image)) continue;
    if (tags.length === 0) left.push(image.Id);
    const declared = image.Labels['windlass.image'] ?? '';
    if (tags.length > 0) earlier.set(declared, [...(earlier.get(declared) ?? []), image]);
  }
  const newestFirst = (a: ImageSummary, b: ImageSummary) => b.Created - a.Created || (a.Id < b.Id ? -1 : 1);
  const old = [...earlier].flatMap(([declared, builds]) => builds.sort(newestFirst).slice(keep(declared)).flatMap(tagsOf));
  return [...old, ...left];
}

/** The engine calls a nameless image `<none>:<none>`, or leaves its tags out. */
const tagsOf = ({ RepoTags }: ImageSummary): readonly string[] => (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');

/** Named by `nameLeft`, and by nobody else since. */
function isEarlierPull(image: ImageSummary): boolean {
  const tags = tagsOf(image);
  return (
    image.Labels?.[inputsLabel] === undefined && tags.length > 0 && tags.every((tag) => splitReference(tag).tag === formerTagOf(image.Id))
  );
}

function isEarlierBuild(image: ImageSummary): boolean {
  const inputs = image.Labels?.[inputsLabel];
  if (inputs === undefined) return false;
  const pinned = `windlass-${inputs.slice(0, 16)}`;
  return tagsOf(image).every((reference) => {
    const { tag } = splitReference(reference);
    return tag === pinned || tag.startsWith(formerTag);
  });
}

export interface ImagePruning {
  readonly engine: Pick<Engine, 'listImages' | 'listContainers' | 'removeImage'>;
  /** Ids in use elsewhere: by containers of other hosts that fetch their images from here. */
  readonly usedElsewhere: ReadonlySet<string>;
  readonly needed: Pruning['needed'];
  readonly keep: Pruning['keep'];
  readonly fault: Fault;
  readonly log: Log;
}

/**
 * Removes the superseded tags, never by force: the engine refuses what a container has come to use meanwhile.
 * An image that is wanted again is fetched or built again. The tags that were removed.
 */
export async function pruneImages({ engine, usedElsewhere, needed, keep, fault, log }: ImagePruning): Promise<readonly string[]> {
  const [images, containers] = await Promise.all([engine.listImages(), engine.listContainers([])]);
  const used = new Set([...usedElsewhere, ...containers.map(({ ImageID }) => ImageID)]);
  const removed: string[] = [];
  for (const tag of superseded({ images, used, needed, keep })) {
    try {
      await engine.removeImage(tag);
      removed.push(tag);
      fault('prune:image');
    } catch (error) {
      if (engineStatus(error) !== 409) throw error;
      log.info({ image: tag }, 'image kept: in use again');
    }
  }
  if (removed.length > 0) log.info({ images: removed }, 'superseded images removed');
  return removed;
}
