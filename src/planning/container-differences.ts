import type { ContainerRecord, HostRecord } from '../model/host.ts';
import { candidateName } from '../model/names.ts';
import { isUnclaimed } from './adoption.ts';
import { conflict, type DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';
import { fileDifferences } from './file-differences.ts';
import { type GuardedFile, guardedFiles, unlessGuarded } from './guarded-files.ts';
import type { Located } from './place.ts';
import { whyWrong } from './why-wrong.ts';

/**
 * What one replica lacks, given all containers that claim to be it: `waiting` says what only time can mend, `paused` what only a person
 * can.
 */
export interface ContainerVerdict {
  readonly differences: readonly Difference[];
  readonly waiting?: string;
  readonly paused?: string;
  /** Files that a guard keeps from being installed. */
  readonly guarded?: readonly GuardedFile[];
}

export function containerVerdict(desired: DesiredContainer, existing: readonly Located[], hosts: readonly HostRecord[]): ContainerVerdict {
  const here = existing.filter(({ host }) => host === desired.host).map(({ record }) => record);
  const final = here.find(({ name }) => name === desired.name) ?? here.find(isUnclaimed);
  const next = here.find(({ name }) => name === candidateName(desired.name));
  const elsewhere = existing.filter(({ host }) => host !== desired.host);
  const wrong = (record: ContainerRecord) => whyWrong(desired, record, hosts);

  if (final && isUnclaimed(final) && !wrong(final)) return takeUp(desired, final);
  if (final && !wrong(final)) return settled(desired, final, next, elsewhere);
  if (next?.ready && !wrong(next)) return takeOver(desired, next, final);
  if (next?.state === 'paused' && !wrong(next)) return { differences: [], paused: whyPaused(desired, next) };
  const make = final ? replace(desired, final, wrong(final) ?? '') : recreate(desired, 'create', missing(desired, elsewhere), undefined);
  return unlessGuarded(desired, make, final);
}

const missing = (desired: DesiredContainer, elsewhere: readonly Located[]): string =>
  elsewhere[0]
    ? `it may not stay on ${elsewhere[0].host}`
    : desired.service.global
      ? `there is none on ${desired.host}`
      : `replica ${desired.index} of ${desired.service.replicas} is missing`;

/** The right container has the final name: files, life, and leftovers. */
function settled(
  desired: DesiredContainer,
  final: ContainerRecord,
  next: ContainerRecord | undefined,
  elsewhere: readonly Located[],
): ContainerVerdict {
  const differences: Difference[] = [];
  if (next) differences.push(retire(desired, [next.id], desired.host, 'a candidate that is not needed any more'));
  const start = whyStart(desired, final);
  if (start !== undefined) {
    const { differences: starting, guarded } = unlessGuarded(desired, recreate(desired, 'start', start, final.id), final);
    return { differences: [...differences, ...starting], guarded };
  }
  if (final.state === 'running') differences.push(...fileDifferences(desired, final));
  if (final.ready) {
    for (const { record, host } of elsewhere) differences.push(retire(desired, [record.id], host, `it has moved to ${desired.host}`));
  }
  return { differences, guarded: guardedFiles(desired, final), ...waitingFor(desired, final) };
}

function whyStart(desired: DesiredContainer, record: ContainerRecord): string | undefined {
  if (mayStart(desired, record)) return record.wentDown ? 'it went down with its host' : `it is ${record.state}, not running`;
  // Whoever started it was stopped before it had seen it stay up; nobody else would ever say so.
  const unseen = record.state === 'running' && record.health === 'none' && !record.ready;
  return unseen ? 'it has not been seen to stay up' : undefined;
}

/** It stays as it is, under its new name; what else is due is done once it is windlass's. */
export function takeUp(desired: DesiredContainer, record: ContainerRecord): ContainerVerdict {
  const common = { kind: 'adopt-container', name: desired.name, host: desired.host } as const;
  const starting = mayStart(desired, record) ? `; it is ${record.state}, and is started then` : '';
  // Behind a death in the middle of it the container has its new name already.
  const as = record.name === desired.name ? '' : ` as ${record.name}`;
  const reason = `Compose started it${as}, and it is as declared${starting}`;
  const foreseen = record.state === 'running' ? fileDifferences(desired, record).map(({ step: _, ...difference }) => difference) : [];
  const adopt = { ...common, reason, service: desired.service.name, step: { ...common, reason } };
  return { differences: [adopt, ...foreseen], ...waitingFor(desired, record) };
}

/** Everything that is not running runs again, unless it ended well, by itself, under a policy that lets it end. */
function mayStart(desired: DesiredContainer, { state, exitCode, wentDown }: ContainerRecord): boolean {
  if (state === 'created' || state === 'dead') return true;
  if (state !== 'exited') return false;
  if (wentDown) return true;
  const { restart } = desired.service.spec;
  return !(exitCode === 0 && (restart === 'no' || restart.startsWith('on-failure')));
}

function waitingFor(desired: DesiredContainer, record: ContainerRecord): Pick<ContainerVerdict, 'waiting' | 'paused'> {
  const { state, health } = record;
  if (state === 'paused') return { paused: whyPaused(desired, record) };
  if (state === 'restarting') return { waiting: `${desired.name} keeps restarting` };
  if (state !== 'running') return {};
  if (health === 'starting') return { waiting: `${desired.name} is starting` };
  return health === 'unhealthy' ? { waiting: `${desired.name} is unhealthy` } : {};
}

/** Nothing but a person pauses a container, or ends that. */
export const whyPaused = ({ host }: Pick<DesiredContainer, 'host'>, { name }: Pick<ContainerRecord, 'name'>): string =>
  `${name} is paused; on ${host}: docker unpause ${name}`;

/** A ready candidate: its files keep up, and the old one goes once nobody lists it. */
function takeOver(desired: DesiredContainer, next: ContainerRecord, final: ContainerRecord | undefined): ContainerVerdict {
  const rename = { container: next.id, to: desired.name };
  const step = {
    kind: 'remove-container',
    name: desired.name,
    host: desired.host,
    reason: 'its replacement is ready',
    remove: final ? [final.id] : [],
    drainMs: final ? desired.service.drainMs : 0,
    rename,
  } as const;
  const retires: Difference = {
    kind: step.kind,
    name: step.name,
    host: step.host,
    reason: step.reason,
    service: desired.service.name,
    retires: true,
    replaces: true,
    step,
  };
  return { differences: [...fileDifferences(desired, next), retires], guarded: guardedFiles(desired, next) };
}

function retire(desired: DesiredContainer, remove: string[], host: string, reason: string): Difference {
  const common = { kind: 'remove-container', name: desired.name, host, reason } as const;
  return { ...common, service: desired.service.name, retires: true, step: { ...common, remove, drainMs: desired.service.drainMs } };
}

function replace(desired: DesiredContainer, final: ContainerRecord, reason: string): Difference {
  const { update } = desired.service;
  const obstacle = update.order === 'start-first' && final.state === 'running' ? conflict(desired.service) : undefined;
  const order = update.order === 'stop-first' || obstacle || final.state !== 'running' ? 'stop-first' : 'start-first';
  return { ...recreate(desired, order, obstacle ? `${reason}; stops first: it holds ${obstacle}` : reason, final.id), replaces: true };
}

function recreate(
  desired: DesiredContainer,
  order: 'create' | 'start-first' | 'stop-first' | 'start',
  reason: string,
  current: string | undefined,
): Difference {
  const common = { kind: 'recreate-container', name: desired.name, host: desired.host, reason, order } as const;
  if (!desired.create) return { ...common, service: desired.service.name };
  return {
    ...common,
    service: desired.service.name,
    step: { ...common, container: desired.create, ...(current === undefined ? {} : { current }) },
  };
}
