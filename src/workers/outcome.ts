import type { Issue } from '../model/application.ts';
import type { DeploymentRecord, PulledImages, StepRecord } from '../model/deployment.ts';
import { candidateName } from '../model/names.ts';
import type { Step, StepResult } from '../model/step.ts';
import type { StandingCanary } from '../planning/canary.ts';

/** How an attempt at one revision ended. */
export type Outcome =
  /**
   * `without`: hosts that are lost and catch up when they are back; `pulled`: what its containers are made from, of images not built here;
   * `unserved`: sentences on strangers that did not get their files.
   */
  | { readonly kind: 'done'; readonly without: readonly string[]; readonly pulled?: PulledImages; readonly unserved?: readonly string[] }
  /** The canary has it; the others wait until it has been let go on. */
  | { readonly kind: 'paused'; readonly canaries: readonly StandingCanary[] }
  /** All that a person has limited it to has it. */
  | { readonly kind: 'limited'; readonly unserved?: readonly string[] }
  /** `stays`: nothing is taken back. */
  | { readonly kind: 'failed'; readonly message: string; readonly stays?: true }
  /** Something else is wanted by now: a newer revision, or what a person said. */
  | { readonly kind: 'superseded'; readonly reason: string }
  /**
   * Something outside has to happen first: a host that is lost, a freeze. `untouched`: nothing has been done to any container;
   * `goesOn`: what has been done is a part of what will be, and no failure.
   */
  | { readonly kind: 'held'; readonly message: string; readonly untouched?: true; readonly goesOn?: true }
  /** A person has to agree to the plan first. */
  | { readonly kind: 'awaiting-approval'; readonly message: string }
  /** A newer run has taken over; this one says nothing. */
  | { readonly kind: 'fenced' };

/** The state of a step in history after its result. */
export function stepState({ ok, skipped, released, undone }: StepResult): StepRecord['state'] {
  if (ok) return skipped || released ? 'skipped' : 'succeeded';
  return undone ? 'undone' : 'failed';
}

/** What failed, in the tool's own words where it has any: `staging-shop-web-1: nginx refused …: [emerg] unknown directive …`. */
export function failureMessage(failed: readonly { readonly step: Step; readonly result: StepResult }[]): string {
  const [first] = failed;
  if (!first) return '';
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  const output = first.result.error?.output;
  const said = salientLine(output);
  const message = first.result.error?.message ?? 'failed';
  return `${named(first.step.name, message)}${said && !quotes(message, output) ? `: ${said}` : ''}${more}`;
}

/** Whether the message has a line of the tool's output already. */
const quotes = (message: string, output = ''): boolean =>
  output
    .split('\n')
    .map((line) => line.trim())
    .some((line) => line !== '' && message.includes(line));

/** A message that says whose it is needs no name before it; `web-1` is not in `web-10`. */
const named = (name: string, message: string): string =>
  message
    .split(/[^\w.:/-]+/)
    .map((word) => word.replace(/:+$/, ''))
    .some((word) => word === name || word === candidateName(name))
    ? message
    : `${name}: ${message}`;

/** The line of a tool's output that says what is wrong: the first that looks like an error, else the last. */
export function salientLine(output: string | undefined): string | undefined {
  const lines = (output ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.find((line) => /\b(emerg|alert|error|fatal|invalid|unknown|failed)\b/i.test(line)) ?? lines.at(-1);
}

/** All mistakes, one a line. */
export const issuesMessage = (issues: readonly Issue[]): string =>
  issues.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n');

/** `deployed 5 containers in 3.1 s: 1 rebuilt, 4 hot-pushed`, over all deployments of one round in an environment. */
export function successMessage(deployments: readonly Pick<DeploymentRecord, 'steps' | 'startedAt' | 'finishedAt'>[]): string {
  const steps = deployments.flatMap((deployment) => deployment.steps).filter(({ state }) => state === 'succeeded');
  const names = (kinds: readonly string[]) => new Set(steps.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name));
  const images = names(['build-image']).size;
  const recreated = names(['recreate-container', 'run-job']);
  const pushed = [...names(['push-config'])].filter((name) => !recreated.has(name)).length;
  const removed = [...names(['remove-container'])].filter((name) => !recreated.has(name)).length;
  const adopted = [...names(['adopt-container'])].filter((name) => !recreated.has(name));
  const touched = new Set([...recreated, ...adopted, ...names(['push-config'])]).size;
  const parts = [
    adopted.length > 0 ? `${adopted.length} adopted` : '',
    images > 0 ? `${counted(images, 'image')} built` : '',
    recreated.size > 0 ? `${recreated.size} recreated` : '',
    pushed > 0 ? `${pushed} hot-pushed` : '',
    removed > 0 ? `${removed} removed` : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return 'nothing to do';
  return `deployed ${counted(touched, 'container')} in ${seconds(deployments)} s: ${parts.join(', ')}`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** How long at least one of them ran: what lies between them (an approval, a freeze) is nobody's work. */
function seconds(deployments: readonly Pick<DeploymentRecord, 'startedAt' | 'finishedAt'>[]): string {
  const spans = deployments
    .map(({ startedAt, finishedAt }) => ({ start: Date.parse(startedAt), end: Date.parse(finishedAt ?? startedAt) }))
    .sort((a, b) => a.start - b.start);
  let ms = 0;
  let seen = 0;
  for (const { start, end } of spans) {
    ms += Math.max(end - Math.max(start, seen), 0);
    seen = Math.max(seen, end);
  }
  return (ms / 1000).toFixed(1);
}
