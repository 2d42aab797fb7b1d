import type { Guard } from '../model/application.ts';
import { fail, integer, parsed, type Reader } from './reader.ts';
import { fields, present } from './reader-collections.ts';
import { guardKeys } from './windlass-keys.ts';

/** `guard:`, one or both of its keys. */
export const readGuard: Reader<Guard> = (at) => {
  const found = fields(at, { known: Object.keys(guardKeys) });
  if (found === undefined) return undefined;
  if (at.value.kind === 'map' && at.value.entries.size === 0) return fail(at, `needs ${Object.keys(guardKeys).join(' or ')}`);
  return present({
    minimumMembers: found.read('minimum_members', integer(0)),
    maximumShrink: found.read('maximum_shrink', share),
  });
};

const share = parsed((text) => {
  const [, percent] = /^([0-9]{1,3})%$/.exec(text.trim()) ?? [];
  return percent === undefined || Number(percent) > 100 ? undefined : Number(percent) / 100;
}, 'a percentage, for example 50%');
