import type { Engine } from '../docker/engine.ts';
import { pinnedReference } from '../model/image.ts';

type Image = NonNullable<Awaited<ReturnType<Engine['inspectImage']>>>;
type Tagging = Pick<Engine, 'inspectImage' | 'tagImage'>;

/** The label of an image that windlass built: the hash of all that decides its bytes. */
export const inputsLabel = 'windlass.inputs';

/** How the tag begins that keeps an image named whose only name went to another one. */
export const formerTag = 'former-';

/** `registry:5000/acme/web:1` apart: the name and the tag, `latest` where there is none. */
export function splitReference(reference: string): { readonly name: string; readonly tag: string } {
  const [, name = reference, tag = 'latest'] = reference.match(/^(.*):([^/:]+)$/) ?? [];
  return { name, tag };
}

export function isBuiltFrom(image: Image | undefined, inputs: string): image is Image {
  return image?.Config.Labels?.[inputsLabel] === inputs;
}

/** Points a tag at an image; what it named until now keeps another name. */
export async function moveTag(engine: Tagging, id: string, reference: string): Promise<void> {
  if ((await engine.inspectImage(reference))?.Id === id) return;
  await nameFormer(engine, reference);
  const { name, tag } = splitReference(reference);
  await engine.tagImage(id, name, tag);
}

/** Gives the image that a reference names a second name where it has none, so that it is not nameless once the reference moves. */
export async function nameFormer(engine: Tagging, reference: string): Promise<void> {
  const former = await engine.inspectImage(reference);
  if (!former || (former.RepoTags ?? []).some((tag) => tag !== reference)) return;
  const { name } = splitReference(reference);
  const inputs = former.Config.Labels?.[inputsLabel];
  const pinned = inputs === undefined ? reference : pinnedReference({ name, inputs });
  const kept = pinned === reference ? `${formerTag}${former.Id.replace('sha256:', '').slice(0, 12)}` : splitReference(pinned).tag;
  await engine.tagImage(former.Id, name, kept);
}
