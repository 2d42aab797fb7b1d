import type { ContainerInspect, ImageSummary } from '../docker/engine.ts';
import { isDue } from '../model/drift.ts';
import type { ContainerRecord, ImageRecord, InstalledFile } from '../model/host.ts';
import { isDrifted, type Ledger, type LedgerFile } from '../model/ledger.ts';
import type { Endings } from './endings.ts';

/** The labels that make a container windlass's concern; without `windlass.spec` it is a stranger. */
export const concernLabels = ['windlass.environment', 'windlass.app', 'windlass.service'] as const;

/** What templates, planning and status need to know of a container; undefined where it is not windlass's concern. */
export function containerRecordOf(
  inspect: ContainerInspect,
  ledger: Pick<Ledger, 'configs' | 'ready'>,
  endings: Pick<Endings, 'wentDown'>,
  now: number,
): ContainerRecord | undefined {
  const labels = inspect.Config.Labels ?? {};
  const [environment, app, service] = concernLabels.map((label) => labels[label]);
  if (!environment || !app || !service) return undefined;
  const spec = labels['windlass.spec'];
  return {
    ...commonFacts(inspect, spec === undefined || ledger.ready(inspect.Id)),
    environment,
    app,
    service,
    index: Number(labels['windlass.index'] ?? 0) || 0,
    ...(spec ? { spec } : {}),
    ...(endings.wentDown(inspect) ? { wentDown: true } : {}),
    configs: Object.fromEntries(Object.entries(ledger.configs(inspect.Id)).map(([target, file]) => [target, told(file, now)])),
  };
}

/** What of the ledger's knowledge is the controller's business. */
function told(file: LedgerFile, now: number): InstalledFile {
  const { installed, loaded, declared, unverified, drift } = file;
  const known = { installed, loaded, ...(declared && { declared }), ...(unverified && { unverified }) };
  if (!drift || !isDrifted(file)) return known;
  return { ...known, drift: { from: drift.from, times: drift.times, due: isDue(drift, now) } };
}

/** What is told of any container; `proven` says whether one without a healthcheck counts as ready while it runs. */
export function commonFacts(
  inspect: ContainerInspect,
  proven: boolean,
): Omit<ContainerRecord, 'environment' | 'app' | 'service' | 'index' | 'spec' | 'configs' | 'observed' | 'wentDown'> {
  const state = stateOf(inspect.State.Status);
  const health = healthOf(inspect.State.Health?.Status);
  return {
    id: inspect.Id,
    name: inspect.Name.replace(/^\//, ''),
    state,
    ...(state === 'exited' || state === 'dead' ? { exitCode: inspect.State.ExitCode } : {}),
    health,
    ready: state === 'running' && (health === 'healthy' || (health === 'none' && proven)),
    imageId: inspect.Image,
    image: inspect.Config.Image,
    startedAt: inspect.State.StartedAt.startsWith('0001') ? '' : inspect.State.StartedAt,
    restartCount: inspect.RestartCount,
    labels: inspect.Config.Labels ?? {},
    networks: networksOf(inspect),
    ports: portsOf(inspect),
  };
}

const states = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const;

const stateOf = (status: string): ContainerRecord['state'] => states.find((state) => state === status) ?? 'dead';

function healthOf(status: string | undefined): ContainerRecord['health'] {
  return status === 'healthy' || status === 'unhealthy' || status === 'starting' ? status : 'none';
}

function networksOf(inspect: ContainerInspect): Record<string, { ip: string }> {
  const entries = Object.entries(inspect.NetworkSettings.Networks ?? {});
  return Object.fromEntries(entries.filter(([, { IPAddress }]) => IPAddress).map(([name, { IPAddress }]) => [name, { ip: IPAddress }]));
}

function portsOf(inspect: ContainerInspect): ContainerRecord['ports'] {
  return Object.entries(inspect.NetworkSettings.Ports ?? {}).map(([key, bindings]) => {
    const [target, protocol = 'tcp'] = key.split('/');
    // The engine lists one binding for IPv4 and one for IPv6; the first has the port.
    const published = bindings?.[0];
    return {
      target: Number(target),
      protocol,
      ...(published?.HostPort ? { published: Number(published.HostPort) } : {}),
      ...(published?.HostIp ? { hostIp: published.HostIp } : {}),
    };
  });
}

/** An image as planning knows it: its names, and the inputs it was built from where windlass built it. */
export function imageRecordOf(image: ImageSummary): ImageRecord {
  const inputs = image.Labels?.['windlass.inputs'];
  return { id: image.Id, tags: (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'), ...(inputs ? { inputs } : {}) };
}
