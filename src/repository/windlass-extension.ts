import type { Policy, Reaction } from '../model/application.ts';
import { readReactions } from './reactions.ts';
import { oneOf, type Reader } from './reader.ts';
import { type Fields, fields } from './reader-collections.ts';
import { duration } from './service-process.ts';
import { applicationExtensionKeys, serviceExtensionKeys } from './windlass-keys.ts';

/** What an application or a service says under `x-windlass`, without its variables. */
export interface Extension {
  readonly policy: Policy | undefined;
  readonly reactions: readonly Reaction[];
  readonly drainMs: number | undefined;
}

export const nothingSaid: Extension = { policy: undefined, reactions: [], drainMs: undefined };

export const readPolicy: Reader<Policy> = oneOf('mutable', 'immutable');

const planned = ['canary', 'guard', 'batches', 'shadow'];

/** `x-windlass` at the top of compose.yaml. */
export const readApplicationExtension: Reader<Extension> = (at) => {
  const hints = new Map([['drain', 'has no meaning here; it stands in a service']]);
  const found = fields(at, { known: Object.keys(applicationExtensionKeys), planned, hints });
  return found && readCommon(found);
};

/** `x-windlass` of a service. */
export const readServiceExtension: Reader<Extension> = (at) => {
  const found = fields(at, { known: Object.keys(serviceExtensionKeys), planned });
  return found && { ...readCommon(found), drainMs: found.read('drain', duration) };
};

const readCommon = (found: Fields): Extension => ({
  policy: found.read('policy', readPolicy),
  reactions: found.read('on_config_change', readReactions) ?? [],
  drainMs: undefined,
});
