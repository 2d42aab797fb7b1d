import type { Action } from '../model/application.ts';
import type { ContainerRecord } from '../model/host.ts';
import { isInPlace } from '../model/owner-and-mode.ts';
import type { FileToInstall, PushConfigStep, StepAction } from '../model/step.ts';
import type { DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';
import { driftVerdict } from './drift.ts';
import { filesKept } from './guarded-files.ts';
import { type Due, due, reactionOf, sourceOfRemoved } from './reaction.ts';
import { describeRedeclared } from './redeclared-files.ts';

/** A container as far as its files go. */
export type Filed = Pick<DesiredContainer, 'service' | 'name' | 'host' | 'files' | 'heldBack' | 'asked'>;

/** What of a container's files is not as it should be. */
export interface FilesDue {
  /** Other bytes, another owner or mode, or nothing at all is there. */
  readonly behind: readonly FileToInstall[];
  /** Those of them that somebody else has changed. */
  readonly drifted: readonly FileToInstall[];
  /** In place, and not known to be loaded. */
  readonly unloaded: readonly FileToInstall[];
  /** Loaded by a start behind which the verification that its reaction asks for is still due. */
  readonly unverified: readonly FileToInstall[];
  /** Targets of files that are no longer declared. */
  readonly removed: readonly string[];
}

/** The files of a running container against what is installed and loaded there. */
export function fileDifferences(filed: Filed, record: ContainerRecord): readonly Difference[] {
  const found = filesDue(filed, record);
  if (isNothing(found)) return [];
  const { action, reactions } = reactionsDue(filed, found);
  const started = due(
    filed.service,
    found.unverified.map(({ source }) => source),
  );
  const acting = { action, reactions: [...new Set([...reactions, ...started.reactions])] };
  return [pushOf(filed, record, { found, acting, checking: reactions })];
}

/** The files of a container against what is known of them, without those that are left as they are. */
export function filesDue({ service, files, heldBack, asked = false }: Filed, { configs: known, health }: ContainerRecord): FilesDue {
  const verdict = (file: FileToInstall) => driftVerdict(service.drift, file, known[file.target], { asked });
  // Before its healthcheck has passed a program that starts would answer too early.
  const isUnverified = ({ target, source }: FileToInstall) =>
    known[target]?.unverified === true && health !== 'starting' && reactionOf(service, source)?.verify !== undefined;
  const isLeft = (file: FileToInstall) =>
    heldBack?.(file.target, known[file.target]?.installed) !== undefined || ![undefined, 'repair'].includes(verdict(file));
  const inPlace = files.filter((file) => isInPlace(known[file.target], file));
  const isLoaded = ({ target, hash }: FileToInstall) => known[target]?.loaded === hash;
  return {
    drifted: files.filter((file) => verdict(file) === 'repair' && !isLeft(file)),
    behind: files.filter((file) => !inPlace.includes(file) && !isLeft(file)),
    unloaded: inPlace.filter((file) => !isLoaded(file)),
    unverified: inPlace.filter((file) => isLoaded(file) && isUnverified(file)),
    removed: Object.keys(known).filter((target) => !files.some((file) => file.target === target)),
  };
}

export const isNothing = ({ behind, unloaded, unverified, removed }: FilesDue): boolean =>
  behind.length + unloaded.length + unverified.length + removed.length === 0;

/** What is due for the files that `isMeant` picks: all of them where it is left out. */
export function reactionsDue(
  { service, files }: Filed,
  { behind, unloaded, removed }: FilesDue,
  isMeant: (source: string | undefined) => boolean = () => true,
): Due {
  const sources = [...[...behind, ...unloaded].map(({ source }) => source), ...removed.map((target) => sourceOfRemoved(files, target))];
  return due(service, sources.filter(isMeant));
}

interface Push {
  readonly found: FilesDue;
  /** What makes it take effect, and verifies that. */
  readonly acting: Due;
  /** Those whose checks run. */
  readonly checking: Due['reactions'];
}

/** The push that puts right what is due. */
export function pushOf(
  filed: Filed,
  record: ContainerRecord,
  { found, acting, checking }: Push,
): Difference & { readonly step: PushConfigStep } {
  const { behind, drifted, unloaded, unverified, removed } = found;
  const reason = describe(found, record);
  const common = { kind: 'push-config', name: filed.name, host: filed.host, reason } as const;
  const { monitorMs, watchMs } = filed.service.update;
  const step: PushConfigStep = {
    ...common,
    container: record.id,
    files: [...behind, ...unloaded, ...unverified],
    remove: [...removed],
    checks: checking.flatMap(({ check, configs }) => (check ? [{ argv: [...check], sources: sourcesOf(filed, configs) }] : [])),
    all: filesKept(filed, record),
    action: copyAction(acting.action),
    verify: acting.reactions.flatMap(({ verify }) =>
      verify ? [verify.kind === 'exec' ? { ...verify, argv: [...verify.argv] } : { ...verify }] : [],
    ),
    monitorMs,
    ...(watchMs === undefined ? {} : { watchMs }),
  };
  const changing = behind.length + unloaded.length + removed.length;
  const verifies = changing === 0;
  const onlyDrift = !verifies && drifted.length === changing + unverified.length;
  const about = { ...(onlyDrift && { drift: true }), ...(verifies && { verifies }) };
  return { ...common, service: filed.service.name, ...about, step };
}

const sourcesOf = ({ files }: Filed, configs: readonly string[] | undefined): string[] =>
  files
    .map(({ source }) => source)
    .filter((source) => configs === undefined || configs.includes(source) || configs.includes(source.split('/')[0] ?? ''));

/** A file whose action is `recreate` is a part of the spec: where its container is kept, nothing is left to do after the push. */
function copyAction(action: Action): StepAction {
  if (action.kind === 'recreate') return { kind: 'none' };
  if (action.kind === 'script') return { kind: 'script', name: action.file, hash: action.hash };
  return action.kind === 'exec' ? { kind: 'exec', argv: [...action.argv] } : { ...action };
}

function describe({ behind, drifted, unloaded, unverified, removed }: FilesDue, { configs: known }: ContainerRecord): string {
  const rewritten = behind.filter((file) => known[file.target]?.installed !== file.hash);
  const changed = rewritten.filter((file) => !drifted.includes(file));
  const redeclared = behind.filter((file) => !rewritten.includes(file));
  const names = (files: readonly FileToInstall[], what: string) =>
    files.length > 0 ? `${files.map(({ source }) => source).join(', ')} ${what}` : '';
  const parts = [
    names(changed, 'changed'),
    ...describeRedeclared(redeclared, known),
    names(drifted, 'was changed in the container'),
    names(unloaded, 'not loaded yet'),
    names(unverified, 'not verified yet'),
    removed.length > 0 ? `${removed.join(', ')} no longer declared` : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}
