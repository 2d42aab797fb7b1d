import type { DeploymentRecord, StepRecord } from '../model/deployment.ts';
import type { LogLine } from '../model/documents.ts';
import { took } from './commands/history.ts';
import { oneLine, printable, shortCommit, shortDuration, shortTime } from './format.ts';
import { type Paint, paintState } from './paint.ts';
import { table } from './table.ts';

/** What a deployment is and how it stands, in two lines; a third with its message where it has one. */
export function headText(deployment: DeploymentRecord, paint: Paint): string {
  const { id, environment, app, commit, trigger, state, startedAt, message } = deployment;
  const ms = took(deployment);
  return [
    `${id}: ${paint('bold', `${environment}/${app}`)} at ${shortCommit(commit)} by ${trigger}: ${paintState(paint, state)}\n`,
    `started ${shortTime(startedAt)}${ms === undefined ? '' : `, took ${shortDuration(ms)}`}\n`,
    message === '' ? '' : `${printable(message).trimEnd()}\n`,
  ].join('');
}

/** A table, and under it the errors of failed steps in full. */
export function stepsText(
  steps: readonly StepRecord[],
  { paint, width }: { readonly paint: Paint; readonly width: number | undefined },
): string {
  const rows = steps.map(({ kind, name, host, state, ms, reason }) => [
    kind,
    name,
    host,
    paintState(paint, state),
    shortDuration(ms),
    oneLine(reason),
  ]);
  const errors = steps.flatMap(({ kind, name, error }) => (error === undefined ? [] : `\n${kind} ${name}:\n${indented(error)}`));
  return table(['STEP', 'NAME', 'HOST', 'STATE', 'TOOK', 'REASON'], rows, width) + errors.join('');
}

/** `10:00:01 web:latest  #1 FROM busybox`. */
export const logLineText = ({ at, step, line }: LogLine, paint: Paint): string =>
  `${paint('dim', `${at.slice(11, 19)} ${step === '' ? '-' : step}`)}  ${printable(line).trimEnd()}\n`;

const indented = (text: string) =>
  printable(text)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('');
