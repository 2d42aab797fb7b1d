import type { Application, Issue } from '../model/application.ts';
import type { ComposeContainer, ContainerRecord, HostRecord } from '../model/host.ts';
import { containerName } from '../model/names.ts';
import type { Claim } from '../model/step.ts';
import type { Difference } from './difference.ts';
import type { Located } from './place.ts';

/** Stands for the hash of a container that windlass did not make: it is compared itself, see observed-differences.ts. */
const adoptedSpec = 'adopted';

/**
 * The hosts with what Compose runs of adopted projects among the applications' own containers, each at the place of a replica.
 * Nothing else of Compose's ever gets there: neither other projects nor services that the application does not declare.
 */
export function withAdoptable(applications: readonly Application[], hosts: readonly HostRecord[]): readonly HostRecord[] {
  const taken = new Map(applications.filter(({ adopts }) => adopts).flatMap((application) => placesOf(application, hosts)));
  if (taken.size === 0) return hosts;
  return hosts.map((host) => {
    const mine = host.compose.flatMap((one) => taken.get(one) ?? []);
    return mine.length === 0 ? host : { ...host, containers: [...host.containers, ...mine] };
  });
}

/** Not yet taken over: a step that touches it has to claim it. */
export const isUnclaimed = ({ observed, labels }: ContainerRecord): boolean =>
  observed !== undefined && labels['windlass.spec'] === undefined;

/** The difference with its step's claims on the containers of that replica that are not windlass's yet. */
export function withClaims(application: Application, difference: Difference, located: readonly Located[]): Difference {
  const { step } = difference;
  if (!step || step.kind === 'build-image' || step.kind === 'push-config') return difference;
  const isTouched = (record: ContainerRecord, name: string) =>
    name === step.name || (step.kind === 'remove-container' && step.remove.includes(record.id));
  const claims = located
    .filter(
      ({ record, host }) =>
        isUnclaimed(record) && isOf(application, record) && host === step.host && isTouched(record, finalName(application, record)),
    )
    .map(({ record }): Claim => claimOn(application, record));
  return claims.length === 0 ? difference : { ...difference, step: { ...step, claims } };
}

const finalName = ({ environment, name }: Application, { service, index }: ContainerRecord): string =>
  containerName(environment, name, service, index);

const claimOn = (application: Application, record: ContainerRecord): Claim => ({
  container: record.id,
  project: application.project,
  name: finalName(application, record),
  labels: {
    'windlass.environment': application.environment,
    'windlass.app': application.name,
    'windlass.service': record.service,
    'windlass.index': String(record.index),
    'windlass.spec': adoptedSpec,
  },
});

type Placed = readonly [ComposeContainer, ContainerRecord];

function placesOf(application: Application, hosts: readonly HostRecord[]): readonly Placed[] {
  return application.services.flatMap(({ name: service, replicas }) => {
    const found = hosts.flatMap((host) => host.compose.filter((one) => one.project === application.project && one.service === service));
    const own = hosts.flatMap((host) => host.containers.filter((record) => isOf(application, record) && record.service === service));
    return indicesOf(application, { found, replicas, taken: new Set(own.map(({ index }) => index)) }).map(
      ([one, index]): Placed => [one, recordOf(application, one, index)],
    );
  });
}

/**
 * Compose's number where it is one of the replicas' and free, else the lowest that is; one that was renamed before its agent forgot it has
 * its index in its name.
 */
function indicesOf(
  { environment, name }: Application,
  { found, replicas, taken }: { readonly found: readonly ComposeContainer[]; readonly replicas: number; readonly taken: Set<number> },
): readonly (readonly [ComposeContainer, number])[] {
  const places = new Map<ComposeContainer, number>();
  const put = (one: ComposeContainer, index: number) => {
    places.set(one, index);
    taken.add(index);
  };
  const settledFirst = [...found].sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running') || a.number - b.number);
  const left = (): readonly ComposeContainer[] => settledFirst.filter((one) => !places.has(one));
  for (const one of left()) if (one.name === containerName(environment, name, one.service, one.number)) put(one, one.number);
  for (const one of left()) if (!taken.has(one.number) && one.number <= replicas) put(one, one.number);
  for (const one of left()) put(one, lowestFree(taken));
  return [...places];
}

function lowestFree(taken: ReadonlySet<number>): number {
  let index = 1;
  while (taken.has(index)) index += 1;
  return index;
}

function recordOf({ environment, name: app }: Application, one: ComposeContainer, index: number): ContainerRecord {
  const { project: _, number: __, ...facts } = one;
  return { ...facts, environment, app, index, spec: adoptedSpec, configs: {} };
}

const isOf = ({ environment, name }: Application, record: ContainerRecord): boolean =>
  record.environment === environment && record.app === name && record.spec !== undefined;

/** What forbids to touch anything before a person has decided: projects that two would own, volumes that would be left behind. */
export function adoptionIssues(
  application: Application,
  applications: readonly Application[],
  hosts: readonly HostRecord[],
): readonly Issue[] {
  return [...sharedProject(application, applications, hosts), ...abandonedVolumes(application, hosts)];
}

function sharedProject(application: Application, applications: readonly Application[], hosts: readonly HostRecord[]): readonly Issue[] {
  const { adopts, project } = application;
  if (!adopts) return [];
  const declared = applications.find((other) => other.adopts && other.project === project && other.name !== application.name);
  const holder = hosts
    .flatMap(({ containers }) => containers)
    .find((record) => record.labels[projectLabel] === project && !isUnclaimed(record) && !isOf(application, record));
  const owner = declared ? declared.name : holder && `${holder.environment}/${holder.app}`;
  return owner === undefined
    ? []
    : [{ ...adopts, message: `the Compose project ${project} is ${owner}'s already: one application adopts it` }];
}

const projectLabel = 'com.docker.compose.project';

/** Volumes are called after the project: under another one, containers that are there would be replaced by some with new, empty ones. */
function abandonedVolumes(application: Application, hosts: readonly HostRecord[]): readonly Issue[] {
  const { environment, name, project } = application;
  return application.services.flatMap((service): Issue[] => {
    const mounted = service.spec.mounts.find(({ type, source }) => type === 'volume' && source?.startsWith(`${project}_`));
    const before = hosts
      .flatMap(({ containers }) => containers)
      .filter((record) => isOf(application, record) && record.service === service.name)
      .map(({ labels }) => labels[projectLabel])
      .find((other) => other !== undefined && other !== project);
    if (!mounted?.source || before === undefined) return [];
    const old = `${before}_${mounted.source.slice(project.length + 1)}`;
    const cure = before === `${environment}-${name}` ? 'take "adopt" back out of' : `put "adopt: ${before}" back into`;
    return [
      {
        ...service.place,
        message: `service ${service.name} has its data in volume ${old} and would start with a new one, ${mounted.source}: ${cure} environments/${environment}.yaml, or give the volume "name: ${old}"`,
      },
    ];
  });
}
