import { WindlassError } from '../errors.ts';
import type { ApplicationPlan, PlannedStep, RenderedFile } from '../model/documents.ts';
import type { Decision } from '../planning/decide.ts';
import type { Difference } from '../planning/difference.ts';
import { mask } from '../secret.ts';
import { issuesMessage } from '../workers/outcome.ts';

/** WindlassError `repository` with every mistake, where there are any. */
export function refuseIssues({ issues }: Decision): void {
  if (issues.length === 0) return;
  const count = issues.length === 1 ? 'a mistake' : `${issues.length} mistakes`;
  throw new WindlassError('repository', `the repository has ${count}`, { output: issuesMessage(issues) });
}

interface PlannedUnder {
  /** It is for some of its containers. */
  readonly limited?: boolean;
  /** A sentence: what holds all of it. */
  readonly frozen?: string | undefined;
}

/** All that a deployment of the application would do, and what it would wait for. */
export function applicationPlan(name: string, decision: Decision, { limited = false, frozen }: PlannedUnder = {}): ApplicationPlan {
  const planned = unfrozenPlan(name, decision, limited);
  const isIdle = planned.steps.length + planned.issues.length + planned.waiting.length === 0;
  // A freeze holds nothing up where there is nothing to do.
  return frozen === undefined || isIdle ? planned : { ...planned, waiting: [frozen, ...planned.waiting] };
}

function unfrozenPlan(name: string, { plan, issues, homeless, outdated }: Decision, limited: boolean): ApplicationPlan {
  return {
    name,
    steps: [
      ...plan.differences.map((difference) => plannedStep(difference)),
      ...plan.strangers.filter(({ withheld }) => !withheld).map((difference) => plannedStep(difference)),
      ...[...plan.withheld, ...plan.strangers.filter(({ withheld }) => withheld)].map((difference) => {
        const behind = plan.canaries.some(({ service }) => service === difference.service);
        return plannedStep(difference, behind || !limited ? 'canary' : 'limit');
      }),
    ],
    canaries: plan.canaries.map(({ service, containers, of, pauseMs }) => ({ service, containers, of, pause: pauseMs })),
    issues: issues.map((issue) => issuesMessage([issue])),
    waiting: [
      ...(plan.held === undefined ? [] : [plan.held]),
      ...plan.waiting,
      ...plan.paused,
      ...plan.guarded,
      ...homeless.map((issue) => issuesMessage([issue])),
      ...plan.lost.map((host) => `host ${host} is lost`),
      ...outdated,
    ],
  };
}

const plannedStep = ({ kind, name, host, reason, order }: Difference, after?: PlannedStep['after']): PlannedStep => ({
  kind,
  name,
  host,
  reason,
  ...(order === undefined ? {} : { order: order as NonNullable<PlannedStep['order']> }),
  ...(after === undefined ? {} : { after }),
});

/** The files of each container as text, secrets as `[secret]`; of one service, or of all. */
export function renderedFiles(decision: Decision, service: string | undefined): RenderedFile[] {
  return decision.containers
    .filter((container) => service === undefined || container.service === service)
    .flatMap(({ name, files }) =>
      files.map(({ target, hash, mode, reads }) => ({
        container: name,
        target,
        mode: mode.toString(8).padStart(4, '0'),
        text: mask(textOf(decision.contents.get(hash)), decision.secrets),
        reads,
      })),
    );
}

/** The text of a file's bytes. */
export const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');
