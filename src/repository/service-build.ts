import type { ServiceImage } from '../model/application.ts';
import type { ImageDeclaration } from '../model/image.ts';
import { composeBuild } from './compose-keys.ts';
import { lookupKey, splitReference } from './image-reference.ts';
import { type Cursor, fail, nonEmpty, oneOf, quote } from './reader.ts';
import { type Fields, fields } from './reader-collections.ts';
import { pathIn } from './repository-path.ts';
import { readEnvironment } from './service-process.ts';

export interface BuildContext {
  readonly app: string;
  readonly service: string;
  /** Where compose.yaml stands: what its paths are relative to. */
  readonly folder: string;
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
  if (reference === undefined) return service.get('image') ? undefined : fail(service.at, 'needs image or build');
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
  const declaration = at.value.kind === 'map' ? readLongBuild(at, context) : readContext(at, context);
  if (declaration === undefined) return undefined;
  const image = { ...declaration, name, tag, source: 'config', place: at.value.place };
  return { image: { kind: 'built', name, tag }, declaration: image };
}

type BuildParts = Pick<ImageDeclaration, 'context' | 'dockerfile' | 'args' | 'target' | 'network'>;

function readLongBuild(at: Cursor, context: BuildContext): BuildParts | undefined {
  const found = fields(at, { known: ['context', 'dockerfile', 'args', 'target', 'network'], compose: composeBuild });
  const parts = found?.require('context', (cursor) => readContext(cursor, context));
  if (found === undefined || parts === undefined) return undefined;
  const dockerfile = found.read('dockerfile', nonEmpty) ?? 'Dockerfile';
  if (pathIn(parts.context, dockerfile) === undefined)
    return fail(at, `has its Dockerfile outside of the repository: ${quote(dockerfile)}`);
  return {
    ...parts,
    dockerfile,
    args: found.read('args', readEnvironment) ?? {},
    target: found.read('target', nonEmpty),
    network: found.read('network', buildNetwork),
  };
}

/** Networks that RUN steps can use. */
export const buildNetwork = oneOf('default', 'host', 'none');

function readContext(at: Cursor, { folder }: BuildContext): BuildParts | undefined {
  const written = nonEmpty(at);
  if (written === undefined) return undefined;
  if (/^[a-z+]+:|^git@/.test(written)) return fail(at, `must be a folder of the repository, not ${quote(written)}`);
  const context = pathIn(folder, written);
  if (context === undefined) return fail(at, `leaves the repository: ${quote(written)}`);
  return { context, dockerfile: 'Dockerfile', args: {}, target: undefined, network: undefined };
}
