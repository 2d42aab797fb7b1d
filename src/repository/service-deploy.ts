import type { Constraint, Dependency, UpdatePolicy } from '../model/application.ts';
import { composeDependency, composeDeploy, composePlacement, composeUpdate } from './compose-keys.ts';
import { type Cursor, fail, integer, oneOf, quote, type Reader, string } from './reader.ts';
import { entries, type Fields, fields, list } from './reader-collections.ts';
import { duration } from './service-process.ts';

export interface Deploy {
  readonly replicas: number;
  readonly constraints: readonly Constraint[];
  readonly update: UpdatePolicy;
}

/** More than anybody runs of one service, far less than what would exhaust a host by a typing mistake. */
export const replicaCount = integer(0, 1000);

/** `deploy:` of a service, with windlass's defaults for what is left out. */
export function readDeploy(service: Fields): Deploy {
  const found = service.read('deploy', (at) => fields(at, { known: ['replicas', 'placement', 'update_config'], compose: composeDeploy }));
  const update = found?.read('update_config', (at) =>
    fields(at, { known: ['order', 'parallelism', 'monitor', 'failure_action'], compose: composeUpdate }),
  );
  // windlass always takes a failed wave back, so the word for that is welcome and the others are not.
  update?.read('failure_action', oneOf('rollback'));
  return {
    replicas: found?.read('replicas', replicaCount) ?? 1,
    constraints: found?.read('placement', readPlacement) ?? [],
    update: {
      order: update?.read('order', oneOf('start-first', 'stop-first')) ?? 'start-first',
      parallelism: update?.read('parallelism', integer(1)) ?? 1,
      monitorMs: update?.read('monitor', duration) ?? 5000,
    },
  };
}

const readPlacement: Reader<readonly Constraint[]> = (at) =>
  fields(at, { known: ['constraints'], compose: composePlacement })?.read('constraints', list(readConstraint));

const readConstraint: Reader<Constraint> = (at) => {
  const text = string(at);
  if (text === undefined) return undefined;
  const match = /^node\.(?:(hostname)|labels\.([^\s=!]+))\s*(==|!=)\s*(\S.*)$/.exec(text.trim());
  if (match === null) return fail(at, `must be node.hostname or node.labels.KEY, == or !=, and a value, not ${quote(text)}`);
  const [, hostname, key = '', operator, value = ''] = match;
  return { attribute: hostname ? 'hostname' : 'label', key, operator: operator === '!=' ? '!=' : '==', value };
};

const conditions = oneOf('service_started', 'service_healthy', 'service_completed_successfully');

/** `depends_on:` as a list, or a mapping with conditions; each names a service of this file. */
export function readDependsOn(service: Fields, services: readonly string[]): readonly Dependency[] {
  const known = (at: Cursor, name: string): boolean =>
    services.includes(name) || (fail(at, `names ${quote(name)}, which is not under services:`) ?? false);
  return service.read('depends_on', (at) => (at.value.kind === 'list' ? readNames(at, known) : readConditions(at, known))) ?? [];
}

type IsKnown = (at: Cursor, name: string) => boolean;

const readNames = (at: Cursor, known: IsKnown): readonly Dependency[] | undefined => {
  const names = list((item) => {
    const name = string(item);
    return name !== undefined && known(item, name) ? name : undefined;
  })(at);
  return [...new Set(names)].sort().map((service) => ({ service, condition: 'service_started' }));
};

const readConditions = (at: Cursor, known: IsKnown): readonly Dependency[] =>
  entries(at).flatMap((entry) => {
    const condition = fields(entry, { known: ['condition'], compose: composeDependency })?.require('condition', conditions);
    return condition !== undefined && known(entry, entry.key) ? [{ service: entry.key, condition }] : [];
  });
