import type { Application, Service } from '../model/application.ts';
import type { ContainerRecord, HostRecord } from '../model/host.ts';
import type { Step } from '../model/step.ts';
import { withClaims } from './adoption.ts';
import { containerVerdict } from './container-differences.ts';
import type { DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';
import { describeGuarded, type GuardedFile } from './guarded-files.ts';
import { jobVerdict } from './job-differences.ts';
import type { Leaving } from './leaving.ts';
import { leastPatienceMs, patienceOf } from './patience.ts';
import type { Located } from './place.ts';
import { portMoves } from './port-moves.ts';
import { removalsOf } from './removals.ts';

/**
 * What an application needs, and what of it may be done now.
 *
 * `differences` is everything, in the order of the run as far as it can be foreseen; `wave` the steps that may be done at once, side by side.
 * No difference and nothing waited for: the application is as Git asks. After a wave the plan is made again from what is there then.
 */
export interface Plan {
  readonly differences: readonly Difference[];
  readonly wave: readonly Step[];
  /** What only time can mend: containers that are starting or unhealthy. */
  readonly waiting: readonly string[];
  /** How long they may take while nothing else changes. */
  readonly patienceMs: number;
  /** Hosts that are lost and have something to do. */
  readonly lost: readonly string[];
  /** Why containers that left the repository are kept; undefined: none is. */
  readonly held?: string;
  /** Sentences: files that guards keep from being installed, and why. */
  readonly guarded: readonly string[];
  /** How the services are changed. */
  readonly paces: readonly Pace[];
}

export type Pace = Pick<Service, 'name' | 'replicas' | 'update'>;

export interface PlanInput {
  readonly application: Application;
  readonly hosts: readonly HostRecord[];
  /** By service, replica 1 first. */
  readonly desired: ReadonlyMap<string, readonly DesiredContainer[]>;
  /** Builds that are due, of this application's images. */
  readonly builds: readonly Difference[];
  readonly leaving: Leaving;
  /** Names of containers that nothing is done for, which makes room for the others. */
  readonly passOver?: readonly string[];
}

export function plan({ application, hosts, desired, builds, leaving, passOver = [] }: PlanInput): Plan {
  const differences: Difference[] = [...builds];
  const wave: Difference[] = builds.filter(({ step }) => step);
  const waiting: string[] = [];
  const guarded: GuardedFile[] = [];
  let patienceMs = leastPatienceMs;
  const unsettled = new Set<string>();

  for (const service of inOrder(application.services)) {
    const existing = containersOf(application, service.name, hosts);
    const bare = serviceVerdict(service, desired.get(service.name) ?? [], existing, hosts);
    const verdict = { ...bare, differences: bare.differences.map((one) => withClaims(application, one, existing)) };
    differences.push(...verdict.differences);
    waiting.push(...verdict.waiting);
    guarded.push(...verdict.guarded);
    if (verdict.waiting.length > 0) patienceMs = Math.max(patienceMs, patienceOf(service.spec.healthcheck));
    if (!verdict.settled) unsettled.add(service.name);
    const held = service.dependsOn.some((dependency) => unsettled.has(dependency.service));
    wave.push(
      ...verdict.differences.filter(
        (difference) => difference.step && (difference.kind === 'push-config' || !(held && startsSomething(difference))),
      ),
    );
  }
  const removals = removalsOf({ application, hosts, leaving, due: differences });
  const own = removals.own.map((one) => withClaims(application, one, hosts.flatMap(located)));
  differences.push(...own);
  const moves = portMoves(differences, hosts);
  differences.push(...moves.first);
  const needing = new Set([...removals.inTheWay.map(({ neededBy }) => neededBy), ...moves.waiting]);
  waiting.push(...removals.inTheWay.flatMap(({ waitsFor }) => waitsFor ?? []));

  const lost = [...new Set(differences.map(({ host }) => host))].filter(
    (name) => hosts.find((host) => host.name === name)?.state === 'lost',
  );
  const possible = [...wave.filter((one) => !needing.has(one)), ...moves.first, ...own].filter(
    // Whoever still lists a container because a guard says so has not let go of it.
    ({ host, name, retires }) => !lost.includes(host) && !passOver.includes(name) && !(retires && guarded.length > 0),
  );
  const paces = application.services.map(({ name, replicas, update }) => ({ name, replicas, update }));
  const held = removals.held === undefined ? {} : { held: removals.held };
  return {
    differences,
    wave: paced(possible, application.services),
    waiting,
    patienceMs,
    lost,
    ...held,
    guarded: describeGuarded(guarded),
    paces,
  };
}

interface ServiceVerdict {
  readonly differences: readonly Difference[];
  readonly waiting: readonly string[];
  readonly guarded: readonly GuardedFile[];
  /** What depends on it may start. */
  readonly settled: boolean;
}

function serviceVerdict(
  service: Service,
  desired: readonly DesiredContainer[],
  located: readonly Located[],
  hosts: readonly HostRecord[],
): ServiceVerdict {
  const byIndex = (index: number) => located.filter(({ record }) => record.index === index);
  if (service.job) {
    const verdicts = desired.map((container) => jobVerdict(container, byIndex(container.index), hosts));
    return {
      differences: verdicts.flatMap(({ differences }) => differences),
      waiting: [],
      guarded: [],
      settled: verdicts.every(({ done }) => done),
    };
  }
  const verdicts = desired.map((container) => containerVerdict(container, byIndex(container.index), hosts));
  const differences = verdicts.flatMap((verdict) => verdict.differences);
  const waiting = verdicts.flatMap((verdict) => verdict.waiting ?? []);
  const guarded = verdicts.flatMap((verdict) => verdict.guarded ?? []);
  return {
    differences: [...differences, ...(service.global ? surplusOf(service, desired, located) : [])],
    waiting,
    guarded,
    settled: waiting.length === 0 && !differences.some(startsSomething),
  };
}

/** Containers of a global service on hosts that it no longer has. */
function surplusOf(service: Service, desired: readonly DesiredContainer[], located: readonly Located[]): readonly Difference[] {
  const surplus = located.filter(({ record }) => desired.every(({ index }) => index !== record.index));
  return surplus.map(({ record, host }) => {
    const reason = `service ${service.name} has one container on each host that may take it, and ${host} is none`;
    const common = { kind: 'remove-container', name: record.name, host, reason } as const;
    return { ...common, service: service.name, retires: true, step: { ...common, remove: [record.id], drainMs: service.drainMs } };
  });
}

/** Creating, replacing and running wait for what the service depends on; pushes and removals do not. */
const startsSomething = ({ kind }: Difference): boolean => kind === 'recreate-container' || kind === 'run-job';

/**
 * Of what could be done now, what should be: of each service no more containers are replaced at a time than its parallelism
 * allows; and a container is only taken away when nothing else is due, so that whoever lists it has let go.
 */
function paced(possible: readonly Difference[], services: readonly Service[]): readonly Step[] {
  const budget = new Map(services.map(({ name, update }) => [name, update.parallelism || Number.POSITIVE_INFINITY]));
  const spend = (service: string | undefined): boolean => {
    const left = (service === undefined ? undefined : budget.get(service)) ?? 1;
    if (service !== undefined) budget.set(service, left - 1);
    return left > 0;
  };
  // A candidate that waits to take over is a replacement under way: it comes before the next one starts.
  for (const { service, replaces, retires } of possible) if (replaces && retires) spend(service);
  const working = possible.filter(({ retires }) => !retires).filter(({ replaces, service }) => !replaces || spend(service));
  const wave = working.length > 0 ? working : possible.filter(({ retires }) => retires);
  return wave.flatMap(({ step }) => step ?? []);
}

const located = ({ name: host, containers }: HostRecord): readonly Located[] => containers.map((record) => ({ record, host }));

/** Every container of an application that windlass made, of one service. */
export function containersOf(
  application: { environment: string; name: string },
  service: string,
  hosts: readonly HostRecord[],
): readonly Located[] {
  return hosts.flatMap((host) =>
    host.containers
      .filter((record) => belongs(application, record) && record.service === service)
      .map((record) => ({ record, host: host.name })),
  );
}

const belongs = (application: { environment: string; name: string }, record: ContainerRecord): boolean =>
  record.environment === application.environment && record.app === application.name && record.spec !== undefined;

/** Services after those they depend on; a cycle was refused when the application was read. */
function inOrder(services: readonly Service[]): readonly Service[] {
  const ordered: Service[] = [];
  const visit = (service: Service) => {
    if (ordered.includes(service)) return;
    for (const dependency of service.dependsOn) {
      const other = services.find(({ name }) => name === dependency.service);
      if (other) visit(other);
    }
    ordered.push(service);
  };
  services.forEach(visit);
  return ordered;
}
