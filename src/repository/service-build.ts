import type { ServiceImage } from '../model/application.ts';
import type { BuildSettings, ImageDeclaration } from '../model/image.ts';
import { buildKeys } from './compose-service-keys.ts';
import { lookupKey, splitReference } from './image-reference.ts';
import { type Cursor, fail, nonEmpty, oneOf, quote, type Reader } from './reader.ts';
import { type Fields, fields, list, present } from './reader-collections.ts';
import { folderOf, pathIn } from './repository-path.ts';
import { readExtraHosts } from './service-network.ts';
import { platform } from './service-options.ts';
import { readEnvironment, readLabels } from './service-process.ts';
import { size } from './service-resources.ts';

export interface BuildContext {
  readonly app: string;
  readonly service: string;
  /** Images of windlass.yaml. */
  readonly images: readonly ImageDeclaration[];
}

export interface ImageOfService {
  readonly image: ServiceImage;
  /** What `build:` declares. */
  readonly declaration?: ImageDeclaration;
}

/** The image of a service: one that `build:` makes, one of windlass.yaml, or one that the engine pulls. */
export function readServiceImage(service: Fields, context: BuildContext): ImageOfService | undefined {
  const reference = service.read('image', nonEmpty);
  const build = service.get('build');
  if (build !== undefined) return readBuilt(build, service, reference ?? `${context.app}-${context.service}`, context);
  if (reference === undefined) {
    const isSaid = service.get('image') !== undefined || service.mistyped('image') || service.mistyped('build');
    return isSaid ? undefined : fail(service.at, 'needs image or build');
  }
  const at = service.get('image') ?? service.at;
  const parts = splitReference(reference);
  if (parts === undefined) return fail(at, `must be NAME[:TAG][@DIGEST], not ${quote(reference)}`);
  const { name, tag = 'latest', digest } = parts;
  const namesakes = context.images.filter((image) => image.name === name);
  if (digest !== undefined || namesakes.length === 0) return { image: { kind: 'external', reference } };
  if (namesakes.some((image) => image.tag === tag)) return { image: { kind: 'built', name, tag } };
  return fail(at, `names ${name}:${tag}, but windlass.yaml builds ${name} with ${namesakes.map((image) => image.tag).join(', ')}`);
}

function readBuilt(at: Cursor, service: Fields, reference: string, context: BuildContext): ImageOfService | undefined {
  const parts = splitReference(reference);
  if (parts === undefined || parts.digest !== undefined) {
    return fail(service.get('image') ?? at, `must be NAME[:TAG] beside build, not ${quote(reference)}`);
  }
  const { name, tag = 'latest' } = parts;
  if (context.images.some((image) => lookupKey(`${image.name}:${image.tag}`) === `${name}:${tag}`)) {
    return fail(at, `builds ${name}:${tag}, which windlass.yaml builds too`);
  }
  const declaration = at.value.kind === 'map' ? readLongBuild(at) : readContext(at);
  if (declaration === undefined) return undefined;
  const image = { ...declaration, name, tag, source: 'config', place: at.value.place };
  return { image: { kind: 'built', name, tag }, declaration: image };
}

type BuildParts = Pick<ImageDeclaration, 'context' | 'dockerfile' | 'args' | 'target' | 'network' | 'inline' | 'settings'>;

/** What a Dockerfile that stands in compose.yaml is called in its context. */
const inlineName = '.windlass.Dockerfile';

function readLongBuild(at: Cursor): BuildParts | undefined {
  const found = fields(at, buildKeys);
  const inline = found?.read('dockerfile_inline', nonEmpty);
  const parts = found?.get('context') === undefined && inline !== undefined ? contextIn(at, '.') : found?.require('context', readContext);
  if (found === undefined || parts === undefined) return undefined;
  const written = found.read('dockerfile', nonEmpty);
  if (inline !== undefined && written !== undefined) return fail(at, 'has both dockerfile and dockerfile_inline; write one of them');
  const dockerfile = inline === undefined ? (written ?? 'Dockerfile') : inlineName;
  if (pathIn(parts.context, dockerfile) === undefined)
    return fail(at, `has its Dockerfile outside of the repository: ${quote(dockerfile)}`);
  const settings = readSettings(found);
  return {
    ...parts,
    dockerfile,
    args: found.read('args', readEnvironment) ?? {},
    target: found.read('target', nonEmpty),
    network: found.read('network', buildNetwork),
    ...present({ inline, settings: Object.keys(settings).length > 0 ? settings : undefined }),
  };
}

const readSettings = (found: Fields): BuildSettings =>
  present({
    labels: found.read('labels', readLabels),
    cacheFrom: found.read('cache_from', list(nonEmpty)),
    shmSizeBytes: found.read('shm_size', size),
    extraHosts: found.read('extra_hosts', readExtraHosts),
    platform: found.read('platforms', onePlatform),
  });

const onePlatform: Reader<string> = (at) => {
  const platforms = list(platform)(at) ?? [];
  return platforms.length > 1 ? fail(at, 'names several; the image is built for one, which is that of the hosts') : platforms[0];
};

/** Networks that RUN steps can use. */
export const buildNetwork = oneOf('default', 'host', 'none');

function readContext(at: Cursor): BuildParts | undefined {
  const written = nonEmpty(at);
  if (written === undefined) return undefined;
  if (/^[a-z+]+:|^git@/.test(written)) return fail(at, `must be a folder of the repository, not ${quote(written)}`);
  return contextIn(at, written);
}

/** A path in a compose file is relative to the folder of that very file. */
function contextIn(at: Cursor, written: string): BuildParts | undefined {
  const context = pathIn(folderOf(at.value.place.file), written);
  if (context === undefined) return fail(at, `leaves the repository: ${quote(written)}`);
  return { context, dockerfile: 'Dockerfile', args: {}, target: undefined, network: undefined };
}
