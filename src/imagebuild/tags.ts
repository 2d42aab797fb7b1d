import type { Engine } from '../docker/engine.ts';
import { pinnedReference } from '../model/image.ts';

type Image = NonNullable<Awaited<ReturnType<Engine['inspectImage']>>>;
type Tagging = Pick<Engine, 'inspectImage' | 'tagImage'>;

/** The label of an image that windlass built: the hash of all that decides its bytes. */
export const inputsLabel = 'windlass.inputs';

/** How the tag begins that keeps an image named whose only name went to another one. */
export const formerTag = 'former-';

/** The tag that an image gets which has no other name left. */
export const formerTagOf = (id: string): string => `${formerTag}${id.replace('sha256:', '').slice(0, 12)}`;

/** `registry:5000/acme/web:1` apart: the name and the tag, `latest` where there is none. */
export function splitReference(reference: string): { readonly name: string; readonly tag: string } {
  const [, name = reference, tag = 'latest'] = reference.match(/^(.*):([^/:]+)$/) ?? [];
  return { name, tag };
}

export function isBuiltFrom(image: Image | undefined, inputs: string): image is Image {
  return image?.Config.Labels?.[inputsLabel] === inputs;
}

/** Points a tag at an image; what it named until now keeps another name. */
export async function moveTag(engine: Tagging, id: string, reference: string, isMoving?: (reference: string) => boolean): Promise<void> {
  if ((await engine.inspectImage(reference))?.Id === id) return;
  await nameFormer(engine, reference, isMoving);
  const { name, tag } = splitReference(reference);
  await engine.tagImage(id, name, tag);
}

/**
 * Gives the image that a reference names a second name where it has none, so that it is not nameless once the reference moves.
 * `isMoving`: names that go to other images meanwhile.
 */
export async function nameFormer(
  engine: Tagging,
  reference: string,
  isMoving: (reference: string) => boolean = () => false,
): Promise<void> {
  const former = await engine.inspectImage(reference);
  if (!former || (former.RepoTags ?? []).some((tag) => tag !== reference && !isMoving(tag))) return;
  const { name } = splitReference(reference);
  const inputs = former.Config.Labels?.[inputsLabel];
  const pinned = inputs === undefined ? reference : pinnedReference({ name, inputs });
  const kept = pinned === reference ? formerTagOf(former.Id) : splitReference(pinned).tag;
  await engine.tagImage(former.Id, name, kept);
}

/** The same for one whose name a pull has just taken: by this one it is known as windlass's to give up. */
export async function nameLeft(engine: Tagging, id: string, reference: string): Promise<void> {
  const left = await engine.inspectImage(id);
  if (!left || (left.RepoTags ?? []).length > 0) return;
  await engine.tagImage(id, splitReference(reference.replace(/@.*$/, '')).name, formerTagOf(id));
}
