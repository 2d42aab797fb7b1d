import type { Command } from 'commander';
import type { ApplicationPlan, PlanDocument, PlannedCanary, PlannedStep } from '../../model/documents.ts';
import { environment } from '../arguments.ts';
import { exitStatus } from '../cli-error.ts';
import { count, oneLine, shortCommit, wholeDuration } from '../format.ts';
import type { Paint } from '../paint.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

interface Options {
  readonly detailedExitcode?: true;
  readonly json?: true;
}

/** `windlass plan ENV`. */
export function addPlan(program: Command, session: Session): void {
  program
    .command('plan')
    .description('show what a deployment would do, and why')
    .argument('<ENV>', 'the environment', environment)
    .option('--detailed-exitcode', 'exit 0 when there is nothing to do, 2 when there is, 1 when it cannot be told')
    .option('--json', 'print one JSON document')
    .action(async (name: string, { detailedExitcode, json }: Options) => {
      const plan = await (await session.client()).get<PlanDocument>(['environments', name, 'plan']);
      if (json) session.printJson(plan);
      else session.print(planText(plan, session.paint));
      if (detailedExitcode) session.end(planStatus(plan));
    });
}

function planStatus({ apps }: PlanDocument): number {
  if (apps.some(({ issues }) => issues.length > 0)) return exitStatus.failed;
  return apps.some(({ steps, waiting }) => steps.length > 0 || waiting.length > 0) ? exitStatus.changes : exitStatus.done;
}

/** One line for the whole, then the steps of each application that has something to say. */
export function planText({ environment, commit, apps }: Pick<PlanDocument, 'environment' | 'commit' | 'apps'>, paint: Paint): string {
  const head = `${environment} at ${shortCommit(commit)}: ${stepsText(apps)}\n`;
  return head + apps.map((app) => applicationText(app, paint)).join('');
}

/** How much there is to do: a plan without steps may be one that a mistake or something missing holds up. */
export function stepsText(apps: readonly ApplicationPlan[]): string {
  const steps = apps.reduce((sum, app) => sum + app.steps.length, 0);
  if (steps > 0) return count(steps, 'step');
  return apps.some(({ issues, waiting }) => issues.length + waiting.length > 0) ? 'nothing can be done yet' : 'nothing to do';
}

/** The steps of one application, its issues and what it waits for; empty where it has none of them. */
export function applicationText({ name, steps, canaries, issues, waiting }: ApplicationPlan, paint: Paint): string {
  if (steps.length + issues.length + waiting.length === 0) return '';
  const rows = (some: readonly PlannedStep[]) =>
    some.map((step) => [
      `  ${paint('bold', step.kind)}`,
      step.name,
      step.host,
      oneLine(step.reason) + (step.order ? paint('dim', ` (${step.order})`) : ''),
    ]);
  const after = (what: PlannedStep['after']) => columns(rows(steps.filter((step) => step.after === what)));
  const behindCanary = canaries.length === 0 ? '' : `  ${paint('yellow', canaryText(canaries))}:\n${after('canary')}`;
  const beyondLimit = steps.some((step) => step.after === 'limit')
    ? `  ${paint('yellow', 'not within the limit')}:\n${after('limit')}`
    : '';
  const issueLines = issues.map((issue) => `  ${paint('red', 'issue')}: ${oneLine(issue)}\n`);
  const waitingLines = waiting.map((wait) => `  ${paint('yellow', 'waiting')}: ${oneLine(wait)}\n`);
  return `\n${name}\n${after(undefined)}${behindCanary}${beyondLimit}${issueLines.join('')}${waitingLines.join('')}`;
}

/** `canary: 1 of 3 containers of web first, then a pause of 30s`. */
function canaryText(canaries: readonly PlannedCanary[]): string {
  const first = canaries.map(({ service, containers, of }) => `${containers.length} of ${count(of, 'container')} of ${service}`).join(', ');
  const pauses = canaries.map(({ pause }) => pause);
  if (pauses.includes('manual')) return `canary: ${first} first, then windlass canary continue`;
  const longest = Math.max(0, ...pauses.filter((pause) => pause !== 'manual'));
  return `canary: ${first} first${longest === 0 ? '' : `, then a pause of ${wholeDuration(longest)}`}`;
}
