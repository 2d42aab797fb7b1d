import { createHash } from 'node:crypto';
import type { Service } from '../model/application.ts';

/** What of a container needs a recreate when it changes: one hash of all, and one of each part so that a plan can say which. */
export interface SpecHash {
  /** 16 hex digits: the label `windlass.spec`. */
  readonly spec: string;
  /** `part=8 hex digits`, sorted, separated by blanks: the label `windlass.spec-parts`. */
  readonly parts: string;
}

/**
 * The spec of a service's containers.
 * `image` identifies what they are made from (a built image's inputs, else the reference);
 * `configuration` stands for the config files of an immutable service, and is undefined for a mutable one.
 */
export function specHash(service: Service, image: string, configuration: string | undefined): SpecHash {
  const named: Record<string, unknown> = { ...service.spec, image, ...(configuration === undefined ? {} : { configuration }) };
  const parts = Object.entries(named)
    .filter(([, value]) => !isEmpty(value))
    .map(([part, value]) => `${part}=${hash(canonical(value)).slice(0, 8)}`)
    .sort()
    .join(' ');
  return { spec: hash(canonical(named)).slice(0, 16), parts };
}

/** The names of the parts that differ, for a plan's reason; empty where the older parts are unknown. */
export function changedParts(before: string | undefined, after: string): readonly string[] {
  if (!before) return [];
  const read = (parts: string) => new Map(parts.split(' ').map((part) => part.split('=') as [string, string]));
  const [old, now] = [read(before), read(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((part) => old.get(part) !== now.get(part)).sort();
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** JSON with sorted keys and without what says nothing, so that a new optional field changes no older hash. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => !isEmpty(inner));
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
