import type { ContainerSpec, Network, Service, Volume } from '../model/application.ts';
import type { ImageDeclaration } from '../model/image.ts';
import { composeLogging, composeService, serviceHints } from './compose-keys.ts';
import { checkReactions, type DeclaredConfig, readConfigFiles } from './config-files.ts';
import { readEnvironmentFiles } from './env-files.ts';
import type { ServiceOverrides } from './environment-file.ts';
import type { Lookup } from './interpolation.ts';
import { parseBytes } from './quantities.ts';
import { boolean, type Cursor, parsed, type Reader, string } from './reader.ts';
import { child, type Fields, fields, list, type NamedCursor, record, stringMap } from './reader-collections.ts';
import type { TreeReader } from './repository-path.ts';
import { readServiceImage } from './service-build.ts';
import { readDependsOn, readDeploy } from './service-deploy.ts';
import { readMounts } from './service-mounts.ts';
import { readExpose, readExtraHosts, readNetworks, readPorts } from './service-network.ts';
import {
  duration,
  readCommand,
  readEnvironment,
  readHealthcheck,
  readLabels,
  readPullPolicy,
  readRestart,
  readSignal,
} from './service-process.ts';
import type { Variables } from './variables.ts';
import { type Extension, nothingSaid, readServiceExtension } from './windlass-extension.ts';

/** What a service is read against. */
export interface ServiceContext {
  readonly app: string;
  /** Where compose.yaml stands. */
  readonly folder: string;
  readonly tree: TreeReader;
  readonly services: readonly string[];
  readonly networks: ReadonlyMap<string, Network>;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly configs: ReadonlyMap<string, DeclaredConfig>;
  readonly images: readonly ImageDeclaration[];
  /** The application's own `x-windlass`, read with this service's constants. */
  readonly extension: Extension;
  readonly policy: Service['policy'] | undefined;
  readonly overrides: ServiceOverrides | undefined;
  readonly variables: Variables;
  readonly lookup: Lookup;
}

export interface ReadService {
  readonly service: Service;
  readonly declaration: ImageDeclaration | undefined;
}

const known = `image build command entrypoint environment env_file labels ports expose volumes tmpfs networks network_mode depends_on
  healthcheck restart user working_dir hostname init read_only stop_signal stop_grace_period cap_add cap_drop security_opt extra_hosts
  logging cpus mem_limit pull_policy configs deploy x-windlass`.split(/\s+/);

/** One entry under `services:`. Undefined, with the reasons added to the issues, where it cannot be made sense of. */
export function readService(at: NamedCursor, context: ServiceContext): ReadService | undefined {
  const found = fields(at, { known, compose: composeService, hints: serviceHints });
  if (found === undefined) return undefined;
  const extension = found.read('x-windlass', readServiceExtension) ?? nothingSaid;
  const image = readServiceImage(found, { ...context, service: at.key });
  const spec = readSpec(at.key, found, context);
  const configs = readConfigFiles(found, context.configs);
  const reactions = [...extension.reactions, ...context.extension.reactions];
  checkReactions(reactionsAt(at, found), reactions, configs, context.configs);
  const { replicas, constraints, update } = readDeploy(found);
  const dependsOn = readDependsOn(found, context.services);
  const pullPolicy = found.read('pull_policy', readPullPolicy) ?? 'missing';
  const service: Service = {
    name: at.key,
    policy: context.overrides?.policy ?? context.policy ?? extension.policy ?? context.extension.policy ?? 'immutable',
    replicas: context.overrides?.replicas ?? replicas,
    constraints,
    // One without has been complained about; the rest of it is there to find further mistakes with.
    image: image?.image ?? { kind: 'external', reference: '' },
    pullPolicy,
    spec,
    configs,
    reactions,
    dependsOn,
    update,
    drainMs: extension.drainMs ?? 0,
    job: false,
    variables: context.variables,
    place: at.keyPlace,
  };
  return { service, declaration: image?.declaration };
}

/** Where to complain about reactions: the service's own, else the service. */
function reactionsAt(at: NamedCursor, found: Fields): Cursor {
  const extension = found.get('x-windlass');
  const own = extension && child(extension, 'on_config_change');
  return { ...at, value: { ...at.value, place: own?.value.place ?? at.keyPlace } };
}

function readSpec(name: string, found: Fields, context: ServiceContext): ContainerSpec {
  const { networks, volumes } = context;
  const declared = { engineName: (key: string) => networks.get(key)?.name, names: [...networks.keys()] };
  const sorted = (key: string) => [...(found.read(key, list(string)) ?? [])].sort();
  return {
    ...readNetworks(name, found, declared),
    ...readLimits(found),
    command: found.read('command', readCommand),
    entrypoint: found.read('entrypoint', readCommand),
    environment: record([
      ...Object.entries(found.read('env_file', (at) => readEnvironmentFiles(at, context)) ?? {}),
      ...Object.entries(found.read('environment', readEnvironment) ?? {}),
    ]),
    labels: found.read('labels', readLabels) ?? {},
    ports: found.read('ports', readPorts) ?? [],
    expose: found.read('expose', readExpose) ?? [],
    mounts: readMounts(found, (key) => volumes.get(key)?.name),
    healthcheck: found.read('healthcheck', readHealthcheck),
    user: found.read('user', string),
    workingDir: found.read('working_dir', string),
    hostname: found.read('hostname', string),
    capAdd: sorted('cap_add'),
    capDrop: sorted('cap_drop'),
    securityOpt: sorted('security_opt'),
    extraHosts: found.read('extra_hosts', readExtraHosts) ?? [],
    logging: found.read('logging', readLogging),
  };
}

type Limits = Pick<ContainerSpec, 'restart' | 'init' | 'readOnly' | 'stopSignal' | 'stopGracePeriodMs' | 'cpus' | 'memoryBytes'>;

const readLimits = (found: Fields): Limits => ({
  restart: found.read('restart', readRestart) ?? 'no',
  init: found.read('init', boolean),
  readOnly: found.read('read_only', boolean) ?? false,
  stopSignal: found.read('stop_signal', readSignal),
  stopGracePeriodMs: found.read('stop_grace_period', duration),
  cpus: found.read('cpus', readCpus),
  memoryBytes: found.read('mem_limit', parsed(parseBytes, 'a size, for example 512m')),
});

const readCpus = parsed(
  (text) => (/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) && text.length < 10 ? Number(text) : undefined),
  'a number of processors',
);

const readLogging: Reader<NonNullable<ContainerSpec['logging']>> = (at) => {
  const found = fields(at, { known: composeLogging });
  return found && { driver: found.read('driver', string), options: found.read('options', stringMap) ?? {} };
};
