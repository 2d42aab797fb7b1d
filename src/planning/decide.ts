import { createHash } from 'node:crypto';
import type { Application, Issue, Secrets, Service } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import { type BuildableImage, imageReference, pinnedReference } from '../model/image.ts';
import { containerName } from '../model/names.ts';
import { configIdentity, type RenderedFile, type RenderInput, renderService } from '../rendering/service-files.ts';
import { adoptionIssues, withAdoptable } from './adoption.ts';
import { anonymousVolumeIssues } from './anonymous-volumes.ts';
import { type DesiredContainer, desiredContainer } from './desired.ts';
import { builderOf, builtImage, imageDifferences, neededImages } from './images.ts';
import { type LeavingTerms, leavingOf } from './leaving.ts';
import type { Loaded } from './load.ts';
import { leastPatienceMs } from './patience.ts';
import { hostsOf, seats } from './place.ts';
import { containersOf, type Plan, plan } from './plan.ts';
import { reactionOf } from './reaction.ts';

export interface DecideInput {
  readonly loaded: Loaded;
  readonly app: string;
  readonly hosts: readonly HostRecord[];
  /** The controller's own host: builds where no host is labelled as the builder. */
  readonly ownHost: string;
  readonly secrets: Secrets;
  readonly terms: LeavingTerms;
  /** Names of containers that are let be: what was due for them has failed in this run. */
  readonly passOver?: readonly string[];
}

/** All that follows from a revision and what is there: the plan, the files it installs, what status shows. */
export interface Decision {
  readonly plan: Plan;
  /** Nothing may be done while there are any. */
  readonly issues: readonly Issue[];
  /** Services that no host may take: not a mistake, but nothing is done until such a host is there. */
  readonly homeless: readonly Issue[];
  /** Config files' bytes by hash. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Texts that must be masked wherever bytes or tools' outputs are shown. */
  readonly secrets: readonly string[];
  readonly containers: readonly DesiredFiles[];
  /** What must be known of it once it is deployed so: each service's drain in milliseconds, and the pinned images it is made from. */
  readonly remember: { readonly drains: Readonly<Record<string, number>>; readonly images: readonly string[] };
}

/** The rendered files of one replica. */
export interface DesiredFiles {
  readonly service: string;
  readonly policy: Service['policy'];
  readonly name: string;
  readonly host: string;
  readonly files: readonly Pick<RenderedFile, 'source' | 'target' | 'hash' | 'mode'>[];
}

const emptyPlan: Plan = { differences: [], wave: [], waiting: [], patienceMs: leastPatienceMs, lost: [], paces: [] };

export function decide(input: DecideInput): Decision {
  const { loaded, app } = input;
  const declared = [...loaded.issues, ...(loaded.applicationIssues[app] ?? [])];
  const application = loaded.applications.find(({ name }) => name === app) ?? former(loaded, app);
  if (!application || declared.length > 0)
    return {
      plan: emptyPlan,
      issues: declared,
      homeless: [],
      contents: new Map(),
      secrets: [],
      containers: [],
      remember: { drains: {}, images: [] },
    };

  const hosts = withAdoptable(loaded.applications, hostsOf(loaded.environment, loaded.root, input.hosts));
  // What is left on a host that is no longer the environment's is moved from it; one that is lost holds nothing up.
  const left = input.hosts.filter(({ name, state }) => state === 'ready' && !hosts.some((host) => host.name === name));
  const images = neededImages(
    loaded.images,
    application.services.map(({ image }) => image),
  );
  const builder = builderOf(input.hosts, input.ownHost);
  const known = input.hosts.map((host) => hosts.find(({ name }) => name === host.name) ?? host);
  const leaving = leavingOf({ ...input, hosts: known });
  const rendered = application.services.map((service) => renderReplicas(input, application, service, hosts));
  const homeless = rendered.flatMap((one) => one.homeless);
  const replicas = rendered.flatMap((one) => one.replicas);
  const desired = new Map<string, readonly DesiredContainer[]>(
    application.services.map((service) => [
      service.name,
      replicas.filter((replica) => replica.service === service).map((replica) => toDesired(application, replica, images, builder)),
    ]),
  );
  const adopting = [...desired.values()].flat().flatMap((one) => {
    return anonymousVolumeIssues(one, containersOf(application, one.service.name, hosts), hosts);
  });
  const issues = [...rendered.flatMap((one) => one.issues), ...adoptionIssues(application, loaded.applications, input.hosts), ...adopting];
  return {
    plan:
      issues.length + homeless.length > 0
        ? emptyPlan
        : plan({
            application,
            hosts: [...hosts, ...left],
            desired,
            builds: imageDifferences(images, builder),
            leaving,
            passOver: input.passOver ?? [],
          }),
    issues,
    homeless,
    contents: new Map(replicas.flatMap(({ files }) => files.map(({ hash, bytes }) => [hash, bytes] as const))),
    secrets: [...new Set(replicas.flatMap(({ secrets }) => secrets))],
    remember: {
      drains: Object.fromEntries(application.services.map(({ name, drainMs }) => [name, drainMs])),
      images: images.map(pinnedReference),
    },
    containers: replicas.map(({ service, index, host, files }) => ({
      service: service.name,
      policy: service.policy,
      name: containerName(application.environment, application.name, service.name, index),
      host,
      files: files.map(({ source, target, hash, mode }) => ({ source, target, hash, mode })),
    })),
  };
}

/** One that has left the repository declares nothing: whatever is still there of it goes. */
const former = ({ names, environment, commit }: Loaded, app: string): Application | undefined =>
  names.includes(app)
    ? undefined
    : {
        environment: environment.name,
        name: app,
        commit,
        project: `${environment.name}-${app}`,
        adopts: undefined,
        services: [],
        networks: [],
        volumes: [],
      };

interface Replica {
  readonly service: Service;
  readonly index: number;
  readonly host: string;
  readonly files: readonly RenderedFile[];
  readonly secrets: readonly string[];
  readonly configuration: string | undefined;
}

function renderReplicas(input: DecideInput, application: Application, service: Service, hosts: readonly HostRecord[]) {
  const places = seats(service, hosts, containersOf(application, service.name, hosts));
  if (places.length === 0 && service.replicas > 0) return { replicas: [], issues: [], homeless: [noHost(service, hosts)] };
  const issues: Issue[] = [];
  const replicas = places.map(({ host, index }): Replica => {
    const request = renderInput(input, application, service, index, host, hosts);
    const { files, secrets, issues: found } = renderService(request);
    // One template may serve several services: a message must say for which it failed.
    issues.push(...found.map((issue) => ({ ...issue, message: `${issue.message} (service ${service.name})` })));
    return { service, index, host, files, secrets, configuration: configurationOf(service, request, files) };
  });
  return { replicas, issues, homeless: [] };
}

function renderInput(
  input: DecideInput,
  application: Application,
  service: Service,
  index: number,
  host: string,
  hosts: readonly HostRecord[],
): RenderInput {
  return {
    applications: input.loaded.applications,
    application,
    service,
    container: {
      name: containerName(application.environment, application.name, service.name, index),
      index,
      host,
      networks: service.spec.networks.map(({ name }) => name),
      labels: service.spec.labels,
    },
    hosts,
    hostDeclarations: input.loaded.root.hosts,
    secrets: input.secrets,
  };
}

/** What of the configuration belongs to the spec: all of it for an immutable service, and every file whose action is `recreate`. */
function configurationOf(service: Service, request: RenderInput, files: readonly RenderedFile[]): string | undefined {
  const recreating = files
    .filter(({ source }) => reactionOf(service, source)?.action.kind === 'recreate')
    .map(({ target, hash }) => `${target} ${hash}`);
  const immutable = service.policy === 'immutable' && files.length > 0 ? [configIdentity(request)] : [];
  const all = [...immutable, ...recreating];
  return all.length > 0 ? createHash('sha256').update(all.join('\n')).digest('hex') : undefined;
}

function toDesired(
  application: Application,
  replica: Replica,
  images: readonly BuildableImage[],
  builder: HostRecord | undefined,
): DesiredContainer {
  const { service, index, host, configuration } = replica;
  const reference = service.image.kind === 'built' ? imageReference(service.image) : undefined;
  const image = images.find((one) => imageReference(one) === reference);
  const files = replica.files.map(({ source, target, hash, bytes, mode, uid, gid }) => ({
    source,
    target,
    hash,
    size: bytes.length,
    mode,
    uid,
    gid,
  }));
  return desiredContainer({ application, service, index, host, files, configuration, image, built: image && builtImage(image, builder) });
}

function noHost(service: Service, hosts: readonly HostRecord[]): Issue {
  const rules = service.constraints.map(
    ({ attribute, key, operator, value }) => `node.${attribute === 'hostname' ? 'hostname' : `labels.${key}`} ${operator} ${value}`,
  );
  const known =
    hosts.length === 0 ? 'the environment has no host: start an agent' : `none of ${hosts.map(({ name }) => name).join(', ')} fits`;
  return {
    ...service.place,
    message: `service ${service.name} has nowhere to run: ${known}${rules.length > 0 ? ` (${rules.join(', ')})` : ''}`,
  };
}
