import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';
import type { Claim, ContainerToCreate, FileToInstall, Step } from '../../src/model/step.ts';

let made = 0;

/** What a host looks like after an agent has done a step well: the laws of planning are checked against it. */
export function applyStep(hosts: readonly HostRecord[], step: Step): readonly HostRecord[] {
  return hosts.map((host) => (host.name === step.host ? { ...host, ...after(host, step) } : host));
}

export const applyWave = (hosts: readonly HostRecord[], wave: readonly Step[]): readonly HostRecord[] => wave.reduce(applyStep, hosts);

function after(given: HostRecord, step: Step): Partial<HostRecord> {
  const host = claimed(given, step.kind === 'build-image' || step.kind === 'push-config' ? [] : (step.claims ?? []));
  const { compose } = host;
  return { compose, containers: host.containers, ...effect(host, step) };
}

function claimed(host: HostRecord, claims: readonly Claim[]): HostRecord {
  const taken = claims.flatMap(({ container, name, labels }) =>
    host.compose
      .filter(({ id }) => id === container)
      .map(
        ({ project: _, number: __, ...facts }): ContainerRecord => ({
          ...facts,
          ...placeOf(labels),
          name,
          labels: { ...facts.labels, ...labels },
          configs: {},
        }),
      ),
  );
  const left = host.compose.filter(({ id }) => !claims.some(({ container }) => container === id));
  return { ...host, compose: left, containers: [...host.containers, ...taken] };
}

const placeOf = (labels: Readonly<Record<string, string>>) => ({
  environment: labels['windlass.environment'] ?? '',
  app: labels['windlass.app'] ?? '',
  service: labels['windlass.service'] ?? '',
  index: Number(labels['windlass.index']),
  spec: labels['windlass.spec'],
});

function effect(host: HostRecord, step: Step): Partial<HostRecord> {
  const { containers } = host;
  switch (step.kind) {
    case 'adopt-container':
      return {};
    case 'build-image':
      return { images: [...host.images, { id: `sha256:${step.inputs}`, tags: step.tags, inputs: step.inputs }] };
    case 'recreate-container': {
      const others = containers.filter(({ name }) => name !== `${step.name}.next`);
      if (step.order === 'start')
        return { containers: others.map((one) => (one.id === step.current ? running(one, step.container) : one)) };
      if (step.order === 'start-first') return { containers: [...others, created(step.container, `${step.name}.next`)] };
      return {
        containers: [...others.filter(({ id, name }) => id !== step.current && name !== step.name), created(step.container, step.name)],
      };
    }
    case 'push-config':
      return { containers: containers.map((one) => (one.id === step.container ? { ...one, configs: pushed(one, step) } : one)) };
    case 'remove-container': {
      const left = containers.filter(({ id }) => !step.remove.includes(id));
      return { containers: left.map((one) => (one.id === step.rename?.container ? { ...one, name: step.rename.to } : one)) };
    }
    case 'run-job': {
      const left = containers.filter(({ id }) => !step.previous.includes(id));
      return { containers: [...left, { ...created(step.container, step.name), state: 'exited', exitCode: 0, ready: false }] };
    }
  }
}

function created(container: ContainerToCreate, name: string): ContainerRecord {
  const { labels } = container;
  made += 1;
  return running(
    {
      id: `made-${made}`,
      name,
      ...placeOf(labels),
      state: 'created',
      health: 'none',
      ready: false,
      imageId: container.image.kind === 'built' ? container.image.id : 'sha256:busybox',
      image: container.image.reference,
      startedAt: '',
      restartCount: 0,
      labels,
      networks: { [container.spec.networks[0]?.name ?? 'none']: { ip: `10.0.${Math.floor(made / 250)}.${made % 250}` } },
      ports: container.spec.ports.map(({ target, protocol, published }) => ({
        target,
        protocol,
        ...(published === undefined ? {} : { published }),
      })),
      configs: {},
    },
    container,
  );
}

const installed = ({ target, hash, mode, uid, gid }: FileToInstall) =>
  [target, { installed: hash, loaded: hash, declared: { mode, uid, gid } }] as const;

const running = (record: ContainerRecord, { files }: ContainerToCreate): ContainerRecord => ({
  ...record,
  state: 'running',
  ready: true,
  configs: Object.fromEntries(files.map(installed)),
});

/** What is to be loaded at the next start is not loaded now. */
const asLoaded = (
  record: ContainerRecord,
  { atStart = [] }: Extract<Step, { kind: 'push-config' }>,
  [target, file]: ReturnType<typeof installed>,
) => [target, atStart.includes(target) ? { ...file, loaded: record.configs[target]?.loaded ?? 'none' } : file] as const;

function pushed(record: ContainerRecord, step: Extract<Step, { kind: 'push-config' }>): ContainerRecord['configs'] {
  const kept = Object.entries(record.configs).filter(([target]) => !step.remove.includes(target));
  return Object.fromEntries([...kept, ...step.files.map((file) => asLoaded(record, step, installed(file)))]);
}
