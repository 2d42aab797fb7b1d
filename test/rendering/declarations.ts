/** Declarations and records for tests, complete and plain; each test states only what it is about. */
import type { Application, ConfigFile, ContainerSpec, Place, Port, Service, Variable } from '../../src/model/application.ts';
import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';
import type { HostDeclaration } from '../../src/model/root.ts';
import type { RenderInput } from '../../src/rendering/service-files.ts';
import { createSurroundings } from '../../src/rendering/surroundings.ts';
import type { ViewInput } from '../../src/rendering/view.ts';
import { Secret } from '../../src/secret.ts';
import { spec } from '../support/builders.ts';

export const place: Place = { file: 'apps/shop/compose.yaml', line: 7, column: 3 };
export const commit = '0123456789abcdef0123456789abcdef01234567';
export const network = 'production-shop_default';

export const constant = (value: Extract<Variable, { kind: 'constant' }>['value']): Variable => ({ kind: 'constant', value });
export const formula = (cel: string, line = 7): Variable => ({ kind: 'formula', cel, place: { ...place, line } });
export const secret = (name: string): Variable => ({ kind: 'secret', name, place });
export const port = (target: number, published?: number): Port => ({ target, protocol: 'tcp', published, hostIp: undefined });

export const containerSpec = (over: Partial<ContainerSpec> = {}): ContainerSpec =>
  spec({ networks: [{ name: network, aliases: [] }], ...over });

export const service = (name: string, over: Partial<Omit<Service, 'spec'>> & { spec?: Partial<ContainerSpec> } = {}): Service => ({
  name,
  policy: 'mutable',
  replicas: 1,
  constraints: [],
  image: { kind: 'external', reference: 'busybox' },
  pullPolicy: 'missing',
  configs: [],
  reactions: [],
  dependsOn: [],
  update: { order: 'start-first', parallelism: 1, delayMs: 0, monitorMs: 5000, maxFailureRatio: 0, failureAction: 'rollback' },
  drainMs: 0,
  drift: 'repair',
  job: false,
  variables: {},
  place,
  ...over,
  spec: containerSpec(over.spec),
});

export const application = (name: string, services: readonly Service[]): Application => ({
  environment: 'production',
  name,
  commit,
  project: `production-${name}`,
  adopts: undefined,
  services,
  networks: [],
  volumes: [],
});

export const container = (name: string, over: Partial<ContainerRecord> = {}): ContainerRecord => {
  const [environment = '', app = '', service = '', index = ''] = name.split('-');
  return {
    id: name,
    name,
    environment,
    app,
    service,
    index: Number.parseInt(index, 10),
    spec: 'a',
    state: 'running',
    health: 'healthy',
    ready: true,
    imageId: 'sha256:0',
    image: 'busybox',
    startedAt: '2026-01-01T00:00:00Z',
    restartCount: 0,
    labels: {},
    networks: { [network]: { ip: '172.18.0.2' } },
    ports: [],
    configs: {},
    ...over,
  };
};

export const host = (name: string, containers: readonly ContainerRecord[] = [], over: Partial<HostRecord> = {}): HostRecord => ({
  name,
  address: `${name}.example.com`,
  labels: {},
  cpus: 4,
  memory: 8 * 1024 ** 3,
  engine: '20.10.24',
  session: 's',
  state: 'ready',
  lastSeen: 0,
  joined: 0,
  containers,
  compose: [],
  images: [],
  ...over,
});

export const hostDeclaration = (name: string, over: Partial<HostDeclaration> = {}): HostDeclaration => ({
  name,
  labels: {},
  variables: {},
  ...over,
});

export const file = (text: string | Uint8Array, over: Partial<ConfigFile> = {}): ConfigFile => ({
  source: 'lb.conf',
  target: '/etc/lb.conf',
  mode: 0o644,
  uid: 0,
  gid: 0,
  file: 'apps/shop/lb.conf.mustache',
  template: true,
  bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text,
  ...over,
});

/** Container production-shop-lb-1 on host web-1, the reader of most tests; `services` are the other ones of its application. */
export const input = (
  over: Partial<Omit<RenderInput, 'service' | 'surroundings' | 'container'>> & {
    service?: Service;
    services?: readonly Service[];
    hosts?: readonly HostRecord[];
    secrets?: Readonly<Record<string, string>>;
    container?: Partial<ViewInput['container']>;
  } = {},
): RenderInput => {
  const { services = [], service: reader = service('lb'), secrets = {}, hosts = [host('web-1')], container: reading = {}, ...rest } = over;
  const own = application('shop', [reader, ...services]);
  return {
    application: own,
    applications: [own],
    hostDeclarations: [],
    ...rest,
    service: reader,
    container: { name: `production-shop-${reader.name}-1`, index: 1, host: 'web-1', networks: [network], labels: {}, ...reading },
    surroundings: createSurroundings({
      environment: own.environment,
      hosts,
      secrets: Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, new Secret(text)])),
    }),
  };
};
