import type { ContainerSpec, Service } from '../model/application.ts';
import type { ImageDeclaration } from '../model/image.ts';
import type { Network, Volume } from '../model/networks-and-volumes.ts';
import { ownAddress } from '../model/own-address.ts';
import { canaryOf } from './canary.ts';
import { checkReactions } from './check-reactions.ts';
import { loggingKeys, serviceKeys } from './compose-service-keys.ts';
import { readEnvironmentFiles } from './env-files.ts';
import type { ServiceOverrides } from './environment-file.ts';
import { type DeclaredFiles, readConfigFiles } from './file-uses.ts';
import type { Lookup } from './interpolation.ts';
import { boolean, type Cursor, fail, type Reader, string } from './reader.ts';
import { child, type Fields, fields, list, type NamedCursor, present, record, stringMap } from './reader-collections.ts';
import type { TreeReader } from './repository-path.ts';
import { readNetworks } from './service-attachments.ts';
import { readServiceImage } from './service-build.ts';
import { type KnownServices, readDependsOn, readDeploy } from './service-deploy.ts';
import { readDevices } from './service-devices.ts';
import { readMounts } from './service-mounts.ts';
import { readExpose, readExtraHosts, readPorts } from './service-network.ts';
import { readOptions } from './service-options.ts';
import {
  checkedLabels,
  duration,
  readCommand,
  readEnvironment,
  readHealthcheck,
  readLabels,
  readPullPolicy,
  readSignal,
} from './service-process.ts';
import { readResources } from './service-resources.ts';
import type { Variables } from './variables.ts';
import { type Extension, nothingSaid, readServiceExtension } from './windlass-extension.ts';

/** What a service is read against. */
export interface ServiceContext {
  readonly app: string;
  readonly tree: TreeReader;
  readonly services: KnownServices;
  readonly networks: ReadonlyMap<string, Network>;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly files: DeclaredFiles;
  readonly images: readonly ImageDeclaration[];
  /** The application's own `x-windlass`, read with this service's constants. */
  readonly extension: Extension;
  /** What environments/NAME.yaml says for the application. */
  readonly policy: Service['policy'] | undefined;
  readonly drift: Service['drift'] | undefined;
  readonly overrides: ServiceOverrides | undefined;
  readonly variables: Variables;
  readonly lookup: Lookup;
}

export interface ReadService {
  readonly service: Service;
  readonly declaration: ImageDeclaration | undefined;
}

/** Keys of a service, Compose's and windlass's own. */
const keys = { ...serviceKeys, known: [...serviceKeys.known, 'x-windlass'] };

/** One entry under `services:`. Undefined, with the reasons added to the issues, where it cannot be made sense of. */
export function readService(at: NamedCursor, context: ServiceContext): ReadService | undefined {
  const found = fields(at, keys);
  if (found === undefined) return undefined;
  const extension = found.read('x-windlass', readServiceExtension(context.tree)) ?? nothingSaid;
  const image = readServiceImage(found, { ...context, service: at.key });
  const configs = readConfigFiles(found, context.files);
  const reactions = [...extension.reactions, ...context.extension.reactions];
  const { restart, ...deploy } = readDeploy(found);
  const spec = { ...readSpec(at.key, found, context), restart };
  checkReactions(reactionsAt(at, found), reactions, { configs, declared: context.files.configs, networkMode: spec.networkMode });
  const replicas = context.overrides?.replicas ?? deploy.replicas;
  checkReplicas(at, found, spec, replicas);
  const dependsOn = readDependsOn(found, context.services);
  const pullPolicy = found.read('pull_policy', readPullPolicy(found.get('build') !== undefined)) ?? 'missing';
  const service: Service = {
    name: at.key,
    policy: context.overrides?.policy ?? context.policy ?? extension.policy ?? context.extension.policy ?? 'immutable',
    ...deploy,
    replicas,
    // One without has been complained about; the rest of it is there to find further mistakes with.
    image: image?.image ?? { kind: 'external', reference: '' },
    pullPolicy,
    spec,
    configs,
    reactions,
    dependsOn,
    drainMs: extension.drainMs ?? 0,
    drift: context.overrides?.drift ?? context.drift ?? extension.drift ?? context.extension.drift ?? 'repair',
    ...guardOf(extension, context.overrides),
    ...present({ canary: canaryOf(extension.canary, context.overrides?.canary) }),
    job: false,
    variables: context.variables,
    place: at.keyPlace,
  };
  return { service, declaration: image?.declaration };
}

/** The environment's file says what is different there. */
function guardOf(extension: Extension, overrides: ServiceOverrides | undefined): Pick<Service, 'guard'> {
  const guard = { ...extension.guard, ...overrides?.guard };
  return Object.keys(guard).length === 0 ? {} : { guard };
}

/** Where to complain about reactions: the service's own, else the service. */
function reactionsAt(at: NamedCursor, found: Fields): Cursor {
  const extension = found.get('x-windlass');
  const own = extension && child(extension, 'on_config_change');
  return { ...at, value: { ...at.value, place: own?.value.place ?? at.keyPlace } };
}

/** What only one container can have. */
function checkReplicas(at: NamedCursor, found: Fields, spec: ContainerSpec, replicas: number): void {
  if (replicas < 2) return;
  const address = ownAddress(spec);
  if (address !== undefined) fail(at, `has ${replicas} replicas, and ${address} can be one container's only`, at.keyPlace);
  const name = found.get('container_name');
  if (name !== undefined) fail(name, `cannot be the name of ${replicas} replicas; leave it out`);
}

function readSpec(name: string, found: Fields, context: ServiceContext): Omit<ContainerSpec, 'restart'> {
  const { networks, volumes } = context;
  const declared = { engineName: (key: string) => networks.get(key)?.name, names: [...networks.keys()] };
  const sorted = (key: string) => [...(found.read(key, list(string)) ?? [])].sort();
  return {
    ...readNetworks(name, found, declared),
    ...readOptions(found),
    ...readDevices(found),
    ...readResources(found),
    ...readLifecycle(found),
    command: found.read('command', readCommand),
    entrypoint: found.read('entrypoint', readCommand),
    environment: record([
      ...Object.entries(found.read('env_file', (at) => readEnvironmentFiles(at, context)) ?? {}),
      ...Object.entries(found.read('environment', readEnvironment) ?? {}),
    ]),
    labels: record([
      ...Object.entries(found.read('label_file', (at) => checkedLabels(at, readEnvironmentFiles(at, context))) ?? {}),
      ...Object.entries(found.read('labels', readLabels) ?? {}),
    ]),
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

type Lifecycle = Pick<ContainerSpec, 'init' | 'readOnly' | 'stopSignal' | 'stopGracePeriodMs'>;

const readLifecycle = (found: Fields): Lifecycle => ({
  init: found.read('init', boolean),
  readOnly: found.read('read_only', boolean) ?? false,
  stopSignal: found.read('stop_signal', readSignal),
  stopGracePeriodMs: found.read('stop_grace_period', duration),
});

const readLogging: Reader<NonNullable<ContainerSpec['logging']>> = (at) => {
  const found = fields(at, loggingKeys);
  return found && { driver: found.read('driver', string), options: found.read('options', stringMap) ?? {} };
};
