import type { Freeze, Pin } from '../model/control.ts';
import type { ApplicationState, DeploymentRecord } from '../model/deployment.ts';
import { apiVersion } from '../model/documents.ts';
import { type ContainerRecord, type HostRecord, isStranger } from '../model/host.ts';
import type {
  ApplicationStatus,
  ConfigStatus,
  ContainerStatus,
  EnvironmentStatus,
  HostDetails,
  HostStatus,
  ImagesStatus,
  RepositoryStatus,
  ServiceStatus,
  State,
  StatusDocument,
} from '../model/status-documents.ts';
import type { DesiredFiles } from '../planning/desired-files.ts';
import { driftMessage, leftAsTheyAre } from './drift-status.ts';
import { guardMessage } from './guard-status.ts';
import type { Checkout } from './source-repositories.ts';

/** What is known of one application: its last outcome, whether something is still wanted of it, and its files as they should be. */
export interface ApplicationFacts {
  readonly name: string;
  readonly state: ApplicationState | undefined;
  /** Something is wanted of it that has not been tried yet. */
  readonly unsettled: boolean;
  /** That something is a push or a person's wish, not just a container that came or went. */
  readonly asked: boolean;
  /** A freeze or a missing approval stands before what is wanted. */
  readonly held: boolean;
  /** The commit that it should be at: the newest, or what a person went back to. */
  readonly wanted: string | undefined;
  readonly freeze: Freeze | undefined;
  readonly pin: Pin | undefined;
  readonly canary: ApplicationStatus['canary'];
  readonly limit: ApplicationStatus['limit'];
  /** Hosts that are lost and that nothing waits for. */
  readonly passedOver: readonly string[];
  readonly desired: readonly DesiredFiles[];
  /** What there is to say of containers that windlass did not make; empty: nothing. */
  readonly strangers: string;
}

export interface EnvironmentFacts {
  readonly name: string;
  readonly wanted: string | undefined;
  readonly branch: string;
  readonly freeze: Freeze | undefined;
  /** What keeps all of it from being deployed: mistakes in windlass.yaml, a tree that cannot be read; undefined: nothing. */
  readonly problem: string | undefined;
  readonly applications: readonly ApplicationFacts[];
  /** The last deployment of images that no application waited for. */
  readonly images?: DeploymentRecord | undefined;
}

export function statusDocument(
  environments: readonly EnvironmentFacts[],
  hosts: readonly HostRecord[],
  checkouts: readonly Checkout[] = [],
): StatusDocument {
  return {
    apiVersion,
    repositories: checkouts.map(repositoryStatus),
    environments: environments.map((facts) => environmentStatus(facts, hosts)),
    hosts: hosts.map(hostStatus),
  };
}

const repositoryStatus = ({ source, repository, fetchedAt, problem }: Checkout): RepositoryStatus => ({
  source,
  url: repository,
  fetchedAt: fetchedAt?.toISOString() ?? null,
  message: problem ?? '',
});

const hostStatus = ({ name, state, lastSeen, engine, labels }: HostRecord): HostStatus => ({
  name,
  state,
  lastSeen: new Date(lastSeen).toISOString(),
  engine,
  labels,
});

/** A host with what formulas see of it. */
export const hostDetails = (host: HostRecord): HostDetails => ({
  ...hostStatus(host),
  address: host.address,
  cpus: host.cpus,
  memory: host.memory,
  containers: host.containers.filter(({ spec }) => spec !== undefined).length,
});

/** The worst first: an environment is no better than any of its applications. */
const worstFirst: readonly State[] = ['failed', 'held', 'awaiting-approval', 'deploying', 'deployed'];

/** While anything is under way the outcome is open, whatever failed before. */
function worstOf(apps: readonly ApplicationStatus[]): State {
  const states = apps.map(({ state }) => state);
  return states.includes('deploying') ? 'deploying' : (worstFirst.find((one) => states.includes(one)) ?? 'deployed');
}

function environmentStatus(
  { name, wanted, branch, freeze, problem, applications, images }: EnvironmentFacts,
  hosts: readonly HostRecord[],
): EnvironmentStatus {
  const apps = applications.map((facts) => applicationStatus(name, facts, wanted, hosts));
  const empty = wanted === undefined ? `its branch ${branch} has no commit yet` : undefined;
  const state = empty === undefined ? worstOf(apps) : 'held';
  const commits = new Set(apps.map(({ deployed }) => deployed));
  return {
    name,
    wanted: wanted ?? null,
    deployed: commits.size === 1 ? ([...commits][0] ?? null) : null,
    state: problem === undefined ? state : 'failed',
    message: problem ?? empty ?? '',
    frozen: freeze !== undefined,
    freeze: freeze ?? null,
    apps,
    ...(images && images.commit === wanted ? imagesStatus(images) : {}),
  };
}

function imagesStatus({ id, state, message }: DeploymentRecord): { readonly images?: ImagesStatus } {
  if (state !== 'running' && state !== 'failed') return {};
  return { images: { state: state === 'running' ? 'building' : 'failed', message, deployment: id } };
}

function applicationStatus(
  environment: string,
  facts: ApplicationFacts,
  newest: string | undefined,
  hosts: readonly HostRecord[],
): ApplicationStatus {
  const { name, state, unsettled, asked, held, freeze, pin, desired } = facts;
  const wanted = facts.wanted ?? newest;
  const services = servicesOf(environment, name, desired, hosts);
  const own = leftAsTheyAre(
    desired.filter(({ stranger }) => stranger === undefined),
    hosts,
  );
  // A container that came or went may have changed what others' files should be: until they are, it is not deployed.
  const lags = ({ name, configs }: ContainerStatus) =>
    configs.some((config) => lagsBehind(config) && !own.some(({ container, target }) => container === name && target === config.target));
  const here = services.flatMap(({ containers }) =>
    containers.filter(({ host, stranger }) => !stranger && !facts.passedOver.includes(host)),
  );
  const outdated = state?.state === 'deployed' && here.some(lags);
  const unseen = newest !== undefined && state?.wanted !== newest;
  const behind = unseen || (unsettled && (asked || (!held && state?.deployed !== wanted))) || outdated;
  const paused = state?.state === 'deployed' && own.some(({ verdict }) => verdict === 'paused');
  const said =
    behind && state?.state !== 'deploying'
      ? ''
      : [state?.message ?? '', driftMessage(leftAsTheyAre(desired, hosts))].filter(Boolean).join('; ');
  return {
    name,
    wanted: wanted ?? state?.wanted ?? null,
    deployed: state?.deployed ?? null,
    freeze: freeze ?? null,
    pin: pin ? { from: pin.from, deployment: pin.deployment, by: pin.by, at: pin.at } : null,
    canary: facts.canary,
    limit: facts.limit,
    sources: state?.deployedSources ?? {},
    state: state === undefined || behind ? 'deploying' : paused ? 'held' : state.state,
    message: [said, guardMessage(services, said), facts.strangers].filter(Boolean).join('; '),
    services,
  };
}

const lagsBehind = ({ desired, installed, loaded }: ConfigStatus): boolean =>
  desired !== null && (desired !== installed || installed !== loaded);

function servicesOf(
  environment: string,
  app: string,
  desired: readonly DesiredFiles[],
  hosts: readonly HostRecord[],
): readonly ServiceStatus[] {
  const existing = hosts.flatMap((host) =>
    host.containers
      .filter((record) => record.environment === environment && record.app === app)
      .map((record) => ({ record, host: host.name })),
  );
  const names = [...new Set([...desired.map(({ service }) => service), ...existing.map(({ record }) => record.service)])];
  return names.map((name) => ({
    name,
    policy: desired.find(({ service }) => service === name)?.policy ?? 'immutable',
    containers: existing
      .filter(({ record }) => record.service === name)
      .sort((a, b) => a.record.index - b.record.index || (a.record.name < b.record.name ? -1 : 1))
      .map(({ record, host }) => containerStatus(record, host, desired)),
  }));
}

function containerStatus(record: ContainerRecord, host: string, desired: readonly DesiredFiles[]): ContainerStatus {
  const final = record.name.replace(/\.next$/, '');
  const isFor = ({ name, stranger }: DesiredFiles) =>
    isStranger(record) ? stranger === record.id : stranger === undefined && name === final;
  const wanted = desired.find(isFor)?.files ?? [];
  const targets = [...new Set([...wanted.map(({ target }) => target), ...Object.keys(record.configs)])].sort();
  return {
    name: record.name,
    host,
    ...(isStranger(record) ? { stranger: true } : {}),
    state: record.state,
    health: record.health,
    image: record.imageId,
    ip: Object.values(record.networks)[0]?.ip ?? null,
    startedAt: record.startedAt === '' ? null : record.startedAt,
    configs: targets.map((target): ConfigStatus => {
      const file = wanted.find((one) => one.target === target);
      return {
        target,
        desired: file?.hash ?? null,
        installed: record.configs[target]?.installed ?? null,
        loaded: record.configs[target]?.loaded ?? null,
        ...(file?.held === undefined ? {} : { held: file.held }),
      };
    }),
  };
}
