import type { Guard, Policy, Reaction } from '../model/application.ts';
import { type DriftPolicy, driftPolicies } from '../model/drift.ts';
import { readCanary, type SaidOfCanary } from './canary.ts';
import { readGuard } from './guard.ts';
import { readReactions } from './reactions.ts';
import { oneOf, type Reader } from './reader.ts';
import { type Fields, fields } from './reader-collections.ts';
import type { TreeReader } from './repository-path.ts';
import { duration } from './service-process.ts';
import { applicationExtensionKeys, serviceExtensionKeys } from './windlass-keys.ts';

/** What an application or a service says under `x-windlass`, without its variables. */
export interface Extension {
  readonly policy: Policy | undefined;
  readonly reactions: readonly Reaction[];
  readonly drainMs: number | undefined;
  readonly drift: DriftPolicy | undefined;
  readonly guard: Guard | undefined;
  readonly canary: SaidOfCanary | undefined;
}

export const nothingSaid: Extension = {
  policy: undefined,
  reactions: [],
  drainMs: undefined,
  drift: undefined,
  guard: undefined,
  canary: undefined,
};

export const readPolicy: Reader<Policy> = oneOf('mutable', 'immutable');
export const readDrift: Reader<DriftPolicy> = oneOf(...driftPolicies);

const ofServices = 'has no meaning here; it stands in a service';

/** `x-windlass` at the top of compose.yaml. */
export const readApplicationExtension =
  (tree: TreeReader): Reader<Extension> =>
  (at) => {
    const hints = new Map(['drain', 'guard', 'canary'].map((key) => [key, ofServices]));
    const found = fields(at, { known: Object.keys(applicationExtensionKeys), hints });
    return found && readCommon(found, tree);
  };

/** `x-windlass` of a service. */
export const readServiceExtension =
  (tree: TreeReader): Reader<Extension> =>
  (at) => {
    const found = fields(at, { known: Object.keys(serviceExtensionKeys) });
    return (
      found && {
        ...readCommon(found, tree),
        drainMs: found.read('drain', duration),
        guard: found.read('guard', readGuard),
        canary: found.read('canary', readCanary),
      }
    );
  };

const readCommon = (found: Fields, tree: TreeReader): Extension => ({
  policy: found.read('policy', readPolicy),
  reactions: found.read('on_config_change', readReactions(tree)) ?? [],
  drainMs: undefined,
  drift: found.read('drift', readDrift),
  guard: undefined,
  canary: undefined,
});
