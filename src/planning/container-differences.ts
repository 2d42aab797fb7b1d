import type { Action } from '../model/application.ts';
import type { ContainerRecord, HostRecord } from '../model/host.ts';
import { candidateName } from '../model/names.ts';
import { isInPlace } from '../model/owner-and-mode.ts';
import type { StepAction } from '../model/step.ts';
import { isUnclaimed } from './adoption.ts';
import { conflict, type DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';
import { driftVerdict } from './drift.ts';
import { filesKept, type GuardedFile, guardedFiles, unlessGuarded } from './guarded-files.ts';
import type { Located } from './place.ts';
import { due, sourceOfRemoved } from './reaction.ts';
import { describeRedeclared } from './redeclared-files.ts';
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

/** The files of a running container against what is installed and loaded there. */
function fileDifferences(desired: DesiredContainer, record: ContainerRecord): readonly Difference[] {
  const known = record.configs;
  const verdict = (file: DesiredContainer['files'][number]) =>
    driftVerdict(desired.service.drift, file, known[file.target], { asked: desired.asked ?? false });
  const isLeft = (file: DesiredContainer['files'][number]) =>
    desired.heldBack?.(file.target, known[file.target]?.installed) !== undefined || ![undefined, 'repair'].includes(verdict(file));
  const drifted = desired.files.filter((file) => verdict(file) === 'repair' && !isLeft(file));
  const behind = desired.files.filter((file) => !isInPlace(known[file.target], file) && !isLeft(file));
  const unloaded = desired.files.filter((file) => isInPlace(known[file.target], file) && known[file.target]?.loaded !== file.hash);
  const removed = Object.keys(known).filter((target) => !desired.files.some((file) => file.target === target));
  if (behind.length + unloaded.length + removed.length === 0) return [];
  const { action, reactions } = due(desired.service, [
    ...[...behind, ...unloaded].map(({ source }) => source),
    ...removed.map((target) => sourceOfRemoved(desired.files, target)),
  ]);
  const rewritten = behind.filter((file) => known[file.target]?.installed !== file.hash);
  const changed = rewritten.filter((file) => !drifted.includes(file));
  const placed = describeRedeclared(
    behind.filter((file) => !rewritten.includes(file)),
    known,
  );
  const reason = describeFiles({ changed, placed, drifted, unloaded, removed });
  const common = { kind: 'push-config', name: desired.name, host: desired.host, reason } as const;
  const { monitorMs, watchMs } = desired.service.update;
  const checks = reactions.flatMap((reaction) =>
    reaction.check ? [{ argv: [...reaction.check], sources: sourcesOf(desired, reaction.configs) }] : [],
  );
  const step = {
    ...common,
    container: record.id,
    files: [...behind, ...unloaded],
    remove: removed,
    checks,
    all: filesKept(desired, record),
    action: copyAction(action),
    verify: reactions.flatMap(({ verify }) =>
      verify ? [verify.kind === 'exec' ? { ...verify, argv: [...verify.argv] } : { ...verify }] : [],
    ),
    monitorMs,
    ...(watchMs === undefined ? {} : { watchMs }),
  };
  const onlyDrift = drifted.length === behind.length + unloaded.length + removed.length;
  return [{ ...common, service: desired.service.name, ...(onlyDrift ? { drift: true } : {}), step }];
}

const sourcesOf = (desired: DesiredContainer, configs: readonly string[] | undefined): string[] =>
  desired.files
    .map(({ source }) => source)
    .filter((source) => configs === undefined || configs.includes(source) || configs.includes(source.split('/')[0] ?? ''));

/** A file whose action is `recreate` is a part of the spec: where its container is kept, nothing is left to do after the push. */
function copyAction(action: Action): StepAction {
  if (action.kind === 'recreate') return { kind: 'none' };
  if (action.kind === 'script') return { kind: 'script', name: action.file, hash: action.hash };
  return action.kind === 'exec' ? { kind: 'exec', argv: [...action.argv] } : { ...action };
}

interface FilesDue extends Readonly<Record<'changed' | 'drifted' | 'unloaded', DesiredContainer['files']>> {
  /** Sentences on those of which owner or mode alone has changed. */
  readonly placed: readonly string[];
  readonly removed: readonly string[];
}

function describeFiles({ changed, placed, drifted, unloaded, removed }: FilesDue): string {
  const names = (files: DesiredContainer['files'], what: string) =>
    files.length > 0 ? `${files.map(({ source }) => source).join(', ')} ${what}` : '';
  const parts = [
    names(changed, 'changed'),
    ...placed,
    names(drifted, 'was changed in the container'),
    names(unloaded, 'not loaded yet'),
    removed.length > 0 ? `${removed.join(', ')} no longer declared` : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}
