import type { Application, Service } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import type { Reach, Scope } from '../model/scope.ts';
import type { Step } from '../model/step.ts';
import { withClaims } from './adoption.ts';
import type { StandingCanary } from './canary.ts';
import type { DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';
import { dueOf } from './due-of-service.ts';
import { describeGuarded } from './guarded-files.ts';
import type { Leaving } from './leaving.ts';
import type { Located } from './place.ts';
import { portMoves } from './port-moves.ts';
import { removalsOf } from './removals.ts';
import { scopeOf, sortOut, strangersDue } from './sort-out.ts';
import type { Stranger } from './strangers.ts';

/**
 * What an application needs, and what of it may be done now.
 *
 * `differences` is everything, in the order of the run as far as it can be foreseen; `wave` the steps that may be done at once, side by
 * side. No difference, nothing withheld and nothing waited for: the application is as Git asks. After a wave the plan is made again from
 * what is there then.
 */
export interface Plan {
  readonly differences: readonly Difference[];
  /** What is due for containers that the plan does not reach. */
  readonly withheld: readonly Difference[];
  /** The containers that the plan is for; undefined: all of the application's. */
  readonly reach?: Reach;
  /** Those that stand before what is withheld. */
  readonly canaries: readonly StandingCanary[];
  readonly wave: readonly Step[];
  /** What only time can mend: containers that are starting or unhealthy. */
  readonly waiting: readonly string[];
  /** What only a person can: containers that somebody has paused, and what to do. */
  readonly paused: readonly string[];
  /** How long they may take while nothing else changes. */
  readonly patienceMs: number;
  /** Hosts that are lost and have something to do. */
  readonly lost: readonly string[];
  /** Why containers that left the repository are kept; undefined: none is. */
  readonly held?: string;
  /** Sentences: files that guards keep from being installed, and why. */
  readonly guarded: readonly string[];
  /** What containers lack that windlass did not make: the application may be as Git asks with all of that. */
  readonly strangers: readonly StrangerPush[];
  /** How the services are changed. */
  readonly paces: readonly Pace[];
}

/** `withheld`: the plan does not reach it. */
export interface StrangerPush extends Difference {
  readonly withheld?: true;
}

export type Pace = Pick<Service, 'name' | 'replicas' | 'update'>;

export interface PlanInput {
  readonly application: Application;
  readonly hosts: readonly HostRecord[];
  /** By service, replica 1 first. */
  readonly desired: ReadonlyMap<string, readonly DesiredContainer[]>;
  /** By service; none where it is left out. */
  readonly strangers?: ReadonlyMap<string, readonly Stranger[]>;
  /** Builds that are due, of this application's images. */
  readonly builds: readonly Difference[];
  readonly leaving: Leaving;
  /** Names of containers that nothing is done for, which makes room for the others; and keys of pushes into strangers. */
  readonly passOver?: readonly string[];
  /** Nothing waits for hosts that are lost. */
  readonly skipLost?: boolean;
  readonly scope?: Scope;
}

/** `scope`: what of it the plan sees to. A person's agreement is for all of it all the same. */
export function plan(input: PlanInput): Plan {
  const { application, hosts, builds, leaving, passOver = [] } = input;
  const due = inOrder(application.services).map((service) => dueOf(service, input));
  const scope = scopeOf(input, due);
  const sorted = sortOut(due, scope);
  const strangers = strangersDue(due, scope, passOver);
  const removals = removalsOf({ application, hosts, leaving, due: [...builds, ...sorted.ours] });
  const own = removals.own.map((one) => withClaims(application, one, hosts.flatMap(located)));
  const ownOurs = own.filter((one) => scope.isOurs(one) && !scope.isPassedOver(one.host));
  const moves = portMoves([...builds, ...sorted.ours, ...ownOurs], hosts);
  const differences = [...builds, ...sorted.ours, ...ownOurs, ...moves.first];
  const needing = new Set([...removals.inTheWay.map(({ neededBy }) => neededBy), ...moves.waiting]);

  const lost = [...new Set([...differences, ...sorted.missed, ...own.filter(scope.isOurs)].map(({ host }) => host))].filter(scope.isLost);
  const ready = [...builds.filter(({ step }) => step), ...sorted.ready].filter((one) => !needing.has(one));
  const possible = [...ready, ...moves.first, ...ownOurs].filter(
    // Whoever still lists a container because a guard says so has not let go of it.
    ({ host, name, retires }) => !lost.includes(host) && !passOver.includes(name) && !(retires && sorted.guarded.length > 0),
  );
  return {
    differences,
    withheld: [...sorted.withheld, ...own.filter((one) => !scope.isOurs(one))],
    canaries: scope.canaries,
    wave: paced([...possible, ...strangers.ready], application.services),
    waiting: [...sorted.waiting, ...removals.inTheWay.flatMap(({ waitsFor }) => waitsFor ?? [])],
    paused: sorted.paused,
    patienceMs: sorted.patienceMs,
    lost,
    guarded: describeGuarded(sorted.guarded),
    strangers: [...strangers.ours, ...strangers.withheld.map((one) => ({ ...one, withheld: true as const }))],
    paces: application.services.map(({ name, replicas, update }) => ({ name, replicas, update })),
    ...(scope.reach ? { reach: scope.reach } : {}),
    ...(removals.held !== undefined && ownOurs.some(({ step }) => !step) ? { held: removals.held } : {}),
  };
}

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
