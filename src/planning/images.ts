import type { ServiceImage } from '../model/application.ts';
import type { HostRecord, ImageRecord } from '../model/host.ts';
import { type BuildableImage, type BuildSettings, imageReference, pinnedReference } from '../model/image.ts';
import type { Root } from '../model/root.ts';
import type { Difference } from './difference.ts';
import { withRootLabels } from './place.ts';

/** The images that some services need, with everything they are built on, in building order. */
export function neededImages(images: readonly BuildableImage[], used: readonly ServiceImage[]): readonly BuildableImage[] {
  const byReference = new Map(images.map((image) => [imageReference(image), image]));
  const needed = new Set<BuildableImage>();
  const add = (reference: string) => {
    const image = byReference.get(reference);
    if (!image || needed.has(image)) return;
    image.parents.forEach(add);
    needed.add(image);
  };
  for (const image of used) if (image.kind === 'built') add(imageReference(image));
  return images.filter((image) => needed.has(image));
}

/** The image on the builder that has exactly these inputs. */
export function builtImage(image: BuildableImage, builder: HostRecord | undefined): ImageRecord | undefined {
  return builder?.images.find(({ inputs, tags }) => inputs === image.inputs && tags.includes(pinnedReference(image)));
}

/** The builds that are due, parents before children; one whose parents are not built yet has no step. */
export function imageDifferences(images: readonly BuildableImage[], builder: HostRecord | undefined): readonly Difference[] {
  const missing = images.filter((image) => !builtImage(image, builder));
  const references = new Set(missing.map(imageReference));
  return missing.map((image): Difference => {
    const waitsFor = image.parents.filter((parent) => references.has(parent));
    const seen = builder?.images.some(({ tags }) => tags.some((tag) => tag.startsWith(`${image.name}:windlass-`)));
    const changed = seen ? 'its context, Dockerfile or arguments changed' : 'not built yet';
    const common = {
      kind: 'build-image',
      name: imageReference(image),
      host: builder?.name ?? '',
      reason: seen && waitsFor.length > 0 ? `${waitsFor.join(', ')} below it is rebuilt` : changed,
    } as const;
    return waitsFor.length > 0 || !builder ? common : { ...common, step: { ...common, ...buildPayload(image) } };
  });
}

function buildPayload(image: BuildableImage) {
  return {
    inputs: image.inputs,
    tags: [imageReference(image), pinnedReference(image)],
    context: { source: image.source, commit: image.commit, folder: image.context },
    dockerfile: image.dockerfile,
    ...(image.settings && { settings: copyOf(image.settings) }),
    args: { ...image.args },
    ...(image.target === undefined ? {} : { target: image.target }),
    ...(image.network === undefined ? {} : { network: image.network }),
  };
}

/** What a reference names on a host; undefined where it is not there. */
export function localImage(reference: string, host: HostRecord | undefined): ImageRecord | undefined {
  const wanted = normalizeReference(reference);
  return host?.images.find(({ tags }) => tags.some((tag) => normalizeReference(tag) === wanted));
}

/** `haproxy` and `docker.io/library/haproxy:latest` are one. */
export function normalizeReference(reference: string): string {
  const short = reference.replace(/^docker\.io\//, '').replace(/^library\//, '');
  return short.includes('@') || /:[^/]+$/.test(short) ? short : `${short}:latest`;
}

/**
 * The host that builds: labelled `windlass.builder=true` by windlass.yaml or its agent, else the controller's own, else the first by
 * name that is ready. `root` is undefined before windlass.yaml has been read.
 */
export function builderOf(root: Root | undefined, hosts: readonly HostRecord[], own: string): HostRecord | undefined {
  const ready = (root ? withRootLabels(root, hosts) : hosts).filter(({ state }) => state === 'ready');
  return ready.find(({ labels }) => labels['windlass.builder'] === 'true') ?? ready.find(({ name }) => name === own) ?? ready[0];
}

/** As a step has it: without what must not be written to. */
const copyOf = ({ labels, cacheFrom, extraHosts, ...rest }: BuildSettings) => ({
  ...rest,
  ...(labels && { labels: { ...labels } }),
  ...(cacheFrom && { cacheFrom: [...cacheFrom] }),
  ...(extraHosts && { extraHosts: [...extraHosts] }),
});
