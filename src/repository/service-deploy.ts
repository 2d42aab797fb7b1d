import type { Constraint, Dependency, UpdatePolicy } from '../model/application.ts';
import { didYouMean } from '../model/nearest.ts';
import { deployKeys, placementKeys, restartPolicyKeys, updateKeys } from './compose-nested-keys.ts';
import { dependencyKeys } from './compose-service-keys.ts';
import { boolean, type Cursor, fail, integer, oneOf, parsed, quote, type Reader, string } from './reader.ts';
import { entries, type Fields, fields, list, present } from './reader-collections.ts';
import { duration, readRestart } from './service-process.ts';

export interface Deploy {
  readonly replicas: number;
  readonly global?: boolean;
  readonly constraints: readonly Constraint[];
  readonly update: UpdatePolicy;
  readonly restart: string;
}

/** More than anybody runs of one service, far less than what would exhaust a host by a typing mistake. */
export const replicaCount = integer(0, 1000);

/** `deploy:` of a service, with windlass's defaults for what is left out; `scale` and `restart` say some of it in other words. */
export function readDeploy(service: Fields): Deploy {
  const found = service.read('deploy', (at) => fields(at, deployKeys));
  const update = found?.read('update_config', (at) => fields(at, updateKeys));
  const monitorMs = update?.read('monitor', duration);
  const isGlobal = found?.read('mode', readMode) === 'global';
  return {
    replicas: readReplicas(service, found, isGlobal),
    ...present({ global: isGlobal || undefined }),
    constraints: found?.read('placement', readPlacement) ?? [],
    update: {
      order: update?.read('order', oneOf('start-first', 'stop-first')) ?? 'start-first',
      parallelism: update?.read('parallelism', integer()) ?? 1,
      delayMs: update?.read('delay', duration) ?? 0,
      monitorMs: monitorMs ?? 5000,
      ...present({ watchMs: monitorMs }),
      maxFailureRatio: update?.read('max_failure_ratio', ratio) ?? 0,
      failureAction: update?.read('failure_action', oneOf('rollback', 'pause', 'continue')) ?? 'rollback',
    },
    restart: readRestartOf(service, found),
  };
}

const readMode: Reader<'replicated' | 'global'> = (at) => {
  const mode = string(at);
  if (mode === undefined || mode === 'replicated' || mode === 'global') return mode;
  if (!mode.endsWith('-job')) return fail(at, `must be one of replicated, global, not ${quote(mode)}`);
  return fail(at, `is ${quote(mode)}: a job is a service that another one awaits as service_completed_successfully`);
};

function readReplicas(service: Fields, deploy: Fields | undefined, isGlobal: boolean): number {
  const scale = service.read('scale', replicaCount);
  const replicas = deploy?.read('replicas', replicaCount);
  const at = deploy?.get('replicas') ?? service.get('scale');
  if (isGlobal && at !== undefined) fail(at, 'cannot stand beside mode: global, which is one on each host');
  if (scale !== undefined && replicas !== undefined && scale !== replicas) {
    fail(service.get('scale') ?? service.at, 'differs from deploy.replicas; say it once');
  }
  return replicas ?? scale ?? 1;
}

/** `restart`, or Swarm's word for it. */
function readRestartOf(service: Fields, deploy: Fields | undefined): string {
  const own = service.read('restart', readRestart);
  const policy = deploy?.read('restart_policy', readRestartPolicy);
  const at = deploy?.get('restart_policy');
  if (own !== undefined && policy !== undefined && own !== policy && at !== undefined)
    fail(at, `differs from restart: ${own}; say it once`);
  return own ?? policy ?? 'no';
}

const readRestartPolicy: Reader<string> = (at) => {
  const found = fields(at, restartPolicyKeys);
  const condition = found?.read('condition', oneOf('none', 'on-failure', 'any')) ?? 'any';
  const attempts = found?.read('max_attempts', integer(0, 999_999));
  if (condition !== 'on-failure' && attempts !== undefined) return fail(at, 'has max_attempts, which belongs to condition: on-failure');
  if (condition === 'none') return 'no';
  if (condition === 'any') return 'always';
  return attempts === undefined ? 'on-failure' : `on-failure:${attempts}`;
};

const ratio = parsed((text) => {
  const value = /^(?:0|1|0?\.[0-9]+|[01]\.[0-9]+)$/.test(text) ? Number(text) : Number.NaN;
  return value >= 0 && value <= 1 ? value : undefined;
}, 'a share from 0 to 1, for example 0.1');

const readPlacement: Reader<readonly Constraint[]> = (at) => fields(at, placementKeys)?.read('constraints', list(readConstraint));

const readConstraint: Reader<Constraint> = (at) => {
  const text = string(at);
  if (text === undefined) return undefined;
  const match = /^node\.(?:(hostname)|labels\.([^\s=!]+))\s*(==|!=)\s*(\S.*)$/.exec(text.trim());
  if (match === null) return fail(at, `must be node.hostname or node.labels.KEY, == or !=, and a value, not ${quote(text)}`);
  const [, hostname, key = '', operator, value = ''] = match;
  return { attribute: hostname ? 'hostname' : 'label', key, operator: operator === '!=' ? '!=' : '==', value };
};

export interface KnownServices {
  readonly names: readonly string[];
  /** Of those that the environment's profiles leave out, the profiles that they need. */
  readonly off: ReadonlyMap<string, readonly string[]>;
}

/** `depends_on:` as a list, or a mapping with conditions; each names a service of this file. */
export function readDependsOn(service: Fields, services: KnownServices): readonly Dependency[] {
  return service.read('depends_on', (at) => (at.value.kind === 'list' ? readNames(at, services) : readConditions(at, services))) ?? [];
}

function isThere(at: Cursor, name: string, { names, off }: KnownServices): boolean {
  const profiles = off.get(name);
  if (profiles !== undefined) {
    const cure = 'name one of them under profiles: in environments/NAME.yaml, or write required: false';
    return fail(at, `names ${quote(name)}, which is there with the profile ${profiles.join(' or ')} only: ${cure}`) ?? false;
  }
  return names.includes(name) || (fail(at, `names ${quote(name)}, which is not under services:${didYouMean(name, names)}`) ?? false);
}

const readNames = (at: Cursor, services: KnownServices): readonly Dependency[] | undefined => {
  const names = list((item) => {
    const name = string(item);
    return name !== undefined && isThere(item, name, services) ? name : undefined;
  })(at);
  return [...new Set(names)].sort().map((service) => ({ service, condition: 'service_started' }));
};

const readConditions = (at: Cursor, services: KnownServices): readonly Dependency[] =>
  entries(at).flatMap((entry) => {
    const found = fields(entry, dependencyKeys);
    const condition = found?.require('condition', conditions);
    const required = found?.read('required', boolean) ?? true;
    if (condition === undefined || (!required && services.off.has(entry.key))) return [];
    return isThere(entry, entry.key, services) ? [{ service: entry.key, condition }] : [];
  });

const conditions = oneOf('service_started', 'service_healthy', 'service_completed_successfully');
