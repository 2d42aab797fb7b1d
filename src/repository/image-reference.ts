/** An image reference in its parts, `docker.io/` and `library/` taken off. */
export interface ReferenceParts {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const host = '[a-zA-Z0-9.-]+(?::[0-9]+)?';
const reference = new RegExp(`^((?:${host}/)?${part}(?:/${part})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);

/** The parts of `name[:tag][@digest]`; undefined where it is none. */
export function splitReference(text: string): ReferenceParts | undefined {
  if (text.length > 400) return undefined;
  const match = reference.exec(text);
  if (match?.[1] === undefined) return undefined;
  const name = match[1].replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
  return { name, tag: match[2], digest: match[3] };
}

/** `name:tag` as declared images are looked up by; undefined for a reference by digest, which means one image of a registry. */
export function lookupKey(text: string): string | undefined {
  const parts = splitReference(text);
  return parts && parts.digest === undefined ? `${parts.name}:${parts.tag ?? 'latest'}` : undefined;
}
