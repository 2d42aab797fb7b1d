import type { Application, ContainerSpec, Service } from '../../src/model/application.ts';
import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';
import type { Environment } from '../../src/model/root.ts';

/** Values for tests: complete, plain, each with what a test wants to say about it on top. */
export const spec = (over: Partial<ContainerSpec> = {}): ContainerSpec => ({
  command: undefined,
  entrypoint: undefined,
  environment: {},
  labels: {},
  ports: [],
  expose: [],
  mounts: [],
  networks: [{ name: 'staging-shop_default', aliases: ['web'] }],
  networkMode: undefined,
  healthcheck: undefined,
  restart: 'no',
  user: undefined,
  workingDir: undefined,
  hostname: undefined,
  init: undefined,
  readOnly: false,
  stopSignal: undefined,
  stopGracePeriodMs: undefined,
  capAdd: [],
  capDrop: [],
  securityOpt: [],
  extraHosts: [],
  logging: undefined,
  cpus: undefined,
  memoryBytes: undefined,
  ...over,
});

export const service = (over: Partial<Service> = {}): Service => ({
  name: 'web',
  policy: 'mutable',
  replicas: 1,
  constraints: [],
  image: { kind: 'external', reference: 'busybox:latest' },
  pullPolicy: 'missing',
  spec: spec(),
  configs: [],
  reactions: [],
  dependsOn: [],
  update: { order: 'start-first', parallelism: 1, delayMs: 0, monitorMs: 5000, maxFailureRatio: 0, failureAction: 'rollback' },
  drainMs: 0,
  drift: 'repair',
  job: false,
  variables: {},
  place: { file: 'apps/shop/compose.yaml', line: 1, column: 1 },
  ...over,
});

export const application = (services: readonly Service[], over: Partial<Application> = {}): Application => ({
  environment: 'staging',
  name: 'shop',
  commit: 'c'.repeat(40),
  project: 'staging-shop',
  adopts: undefined,
  services,
  networks: [{ name: 'staging-shop_default', driver: undefined, internal: false, labels: {}, external: false }],
  volumes: [],
  ...over,
});

export const environment: Environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };

export const host = (over: Partial<HostRecord> = {}): HostRecord => ({
  name: 'one',
  address: '192.0.2.10',
  labels: {},
  cpus: 2,
  memory: 2 ** 34,
  engine: '20.10.24',
  session: 's1',
  state: 'ready',
  lastSeen: 0,
  joined: 0,
  containers: [],
  compose: [],
  images: [],
  ...over,
});

export const container = (over: Partial<ContainerRecord> = {}): ContainerRecord => ({
  id: 'id-1',
  name: 'staging-shop-web-1',
  environment: 'staging',
  app: 'shop',
  service: 'web',
  index: 1,
  spec: 'spec',
  state: 'running',
  health: 'none',
  ready: true,
  imageId: 'sha256:busybox',
  image: 'busybox:latest',
  startedAt: '2026-01-01T00:00:00Z',
  restartCount: 0,
  labels: {},
  networks: { 'staging-shop_default': { ip: '172.18.0.2' } },
  ports: [],
  configs: {},
  ...over,
});
