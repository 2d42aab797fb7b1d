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

/** All that a deployment of the application would do, and what it would wait for; `limited`: it is for some of its containers. */
export function applicationPlan(name: string, { plan, issues, homeless, outdated }: Decision, limited = false): ApplicationPlan {
  return {
    name,
    steps: [
      ...plan.differences.map((difference) => plannedStep(difference)),
      ...plan.withheld.map((difference) => {
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
