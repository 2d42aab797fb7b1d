import type { HostRecord } from '../model/host.ts';
import type { Reach, Scope } from '../model/scope.ts';
import { changesContainer, type StandingCanary, standingCanary } from './canary.ts';
import type { Difference } from './difference.ts';
import type { ServiceVerdict } from './due-of-service.ts';
import type { GuardedFile } from './guarded-files.ts';
import { leastPatienceMs, patienceOf } from './patience.ts';
import { isReached, reachOf } from './reach.ts';
import { pushKey } from './strangers.ts';

/** Which of all that is due the plan sees to. */
export interface PlanScope {
  readonly canaries: readonly StandingCanary[];
  readonly reach: Reach | undefined;
  isOurs(difference: Difference): boolean;
  isLost(host: string): boolean;
  /** Nothing is done there, and nothing waited for. */
  isPassedOver(host: string): boolean;
}

/** `skipLost`: nothing waits for hosts that are lost. */
export function scopeOf(
  { scope = {}, hosts, skipLost = false }: { scope?: Scope; hosts: readonly HostRecord[]; skipLost?: boolean },
  due: readonly ServiceVerdict[],
): PlanScope {
  const isLost = (name: string) => hosts.find((host) => host.name === name)?.state === 'lost';
  const isPassedOver = (host: string) => skipLost && isLost(host);
  const within = due.filter(({ service }) => !scope.limit || scope.limit.services.includes(service.name));
  const canaries = scope.canary ? within.flatMap((one) => standingCanary(one, isPassedOver) ?? []) : [];
  const reach = reachOf(scope, due, canaries);
  return { canaries, reach, isLost, isPassedOver, isOurs: (difference) => isReached(difference, reach, scope.except) };
}

interface SortedOut {
  readonly ours: readonly Difference[];
  /** Those of ours that nothing stands before. */
  readonly ready: readonly Difference[];
  readonly withheld: readonly Difference[];
  /** Ours, but on hosts that are passed over. */
  readonly missed: readonly Difference[];
  readonly waiting: readonly string[];
  readonly paused: readonly string[];
  readonly guarded: readonly GuardedFile[];
  readonly patienceMs: number;
}

/** Creating, replacing and running wait for what the service depends on, as far as the plan sees to that. */
export function sortOut(due: readonly ServiceVerdict[], { isOurs, isPassedOver }: PlanScope): SortedOut {
  const unsettled = new Set<string>();
  const sorted = { ours: [], ready: [], withheld: [], missed: [] } as Record<'ours' | 'ready' | 'withheld' | 'missed', Difference[]>;
  const waiting: string[] = [];
  const paused: string[] = [];
  const guarded: GuardedFile[] = [];
  let patienceMs = leastPatienceMs;
  const isSeenTo = (service: string, { name, host }: { readonly name: string; readonly host: string }) =>
    !isPassedOver(host) && isOurs({ kind: 'recreate-container', service, name, host, reason: '' });
  for (const { service, differences, waits, paused: stopped, guarded: heldFiles, done } of due) {
    const reached = differences.filter(isOurs);
    const ours = reached.filter(({ host }) => !isPassedOver(host));
    const waitsHere = waits.filter((one) => isSeenTo(service.name, one));
    const pausedHere = stopped.filter((one) => isSeenTo(service.name, one));
    const held = service.dependsOn.some((dependency) => unsettled.has(dependency.service));
    sorted.ours.push(...ours);
    sorted.ready.push(...ours.filter(({ kind, step }) => step && (kind === 'push-config' || !(held && startsSomething({ kind })))));
    sorted.withheld.push(...differences.filter((one) => !isOurs(one)));
    sorted.missed.push(...reached.filter(({ host }) => isPassedOver(host)));
    waiting.push(...waitsHere.map(({ reason }) => reason));
    paused.push(...pausedHere.map(({ reason }) => reason));
    guarded.push(...heldFiles.filter((one) => isSeenTo(service.name, one)).flatMap(({ files }) => files));
    if (waitsHere.length > 0) patienceMs = Math.max(patienceMs, patienceOf(service.spec.healthcheck));
    const settled = service.job
      ? done || (reached.length === 0 && differences.length > 0)
      : waitsHere.length + pausedHere.length === 0 && !ours.some(startsSomething);
    if (!settled) unsettled.add(service.name);
  }
  return { ...sorted, waiting, paused, guarded, patienceMs };
}

/** The pushes that strangers lack. */
interface StrangersDue {
  readonly ours: readonly Difference[];
  /** Those of ours that may be done now. */
  readonly ready: readonly Difference[];
  readonly withheld: readonly Difference[];
}

/**
 * A stranger comes after the replicas of its service that run, so that it never has what they refuse; one that is missing it does not
 * wait for. Nothing waits for a stranger that cannot be reached.
 */
export function strangersDue(due: readonly ServiceVerdict[], { isOurs, isLost }: PlanScope, passOver: readonly string[]): StrangersDue {
  const sorted = { ours: [], ready: [], withheld: [] } as Record<keyof StrangersDue, Difference[]>;
  for (const { strangers, differences } of due) {
    const lacking = strangers.flatMap(({ difference }) => difference ?? []);
    const ours = lacking.filter(isOurs);
    const isFirst = (one: Difference) =>
      changesContainer(one) && !one.retires && isOurs(one) && !isLost(one.host) && !passOver.includes(one.name);
    sorted.ours.push(...ours);
    sorted.withheld.push(...lacking.filter((one) => !isOurs(one)));
    if (!differences.some(isFirst))
      sorted.ready.push(...ours.filter((one) => !isLost(one.host) && !passOver.some((key) => isPassedOver(one, key))));
  }
  return sorted;
}

const isPassedOver = ({ step }: Difference, key: string): boolean => step?.kind === 'push-config' && pushKey(step) === key;

/** Pushes and removals do not wait for what the service depends on. */
const startsSomething = ({ kind }: Pick<Difference, 'kind'>): boolean => kind === 'recreate-container' || kind === 'run-job';
