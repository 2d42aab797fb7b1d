import type { ContainerInspect } from '../docker/engine.ts';

type HealthConfig = ContainerInspect['Config']['Healthcheck'];

export type Readiness =
  | { readonly kind: 'ready' | 'waiting' }
  | { readonly kind: 'failed'; readonly reason: string; readonly output?: string };

interface Expectation {
  /** For how long it has been watched, milliseconds. */
  readonly watchedMs: number;
  /** How long one without a healthcheck must stay up. */
  readonly monitorMs: number;
  /** Its RestartCount when the watch began. */
  readonly restarts: number;
  /** A container that did its work and is not to be restarted counts as ready. */
  readonly mayFinish: boolean;
}

/** Whether the container may take over, by its own healthcheck (declared or the image's), else by staying up. */
export function readinessOf(container: ContainerInspect, expected: Expectation): Readiness {
  const { State: state } = container;
  if (expected.mayFinish && isFinished(container)) return { kind: 'ready' };
  if (state.Restarting) return failed(`exited with ${state.ExitCode} and is being restarted`);
  // The engine forgets the exit status with the next start.
  if (container.RestartCount > expected.restarts) return failed('exited and was restarted');
  if (!state.Running) return failed(`exited with ${state.ExitCode}${state.OOMKilled ? ': out of memory' : ''}`);
  if (hasHealthcheck(container)) return byHealthcheck(container, expected.watchedMs);
  if (state.Paused) return expected.watchedMs > expected.monitorMs + graceMs ? failed('is paused') : { kind: 'waiting' };
  return { kind: expected.watchedMs >= expected.monitorMs ? 'ready' : 'waiting' };
}

/** Exited with 0 and at rest: its restart policy does not ask for more. */
export function isFinished({ State: state, HostConfig: { RestartPolicy: policy } }: ContainerInspect): boolean {
  return state.Status === 'exited' && state.ExitCode === 0 && ['', 'no', 'on-failure'].includes(policy?.Name ?? '');
}

export function hasHealthcheck({ Config: { Healthcheck: check } }: ContainerInspect): boolean {
  return check?.Test !== undefined && check.Test.length > 0 && check.Test[0] !== 'NONE';
}

/** Milliseconds after which a healthcheck must have come to a verdict. */
export function healthDeadlineMs(check: HealthConfig): number {
  const interval = check?.Interval || defaults.intervalNs;
  const timeout = check?.Timeout || defaults.timeoutNs;
  const retries = check?.Retries || defaults.retries;
  return ((check?.StartPeriod ?? 0) + (retries + 1) * (interval + timeout)) / 1e6 + graceMs;
}

/** For a host under load: the engine's timers run late there. */
const graceMs = 30_000;

/** The engine's own: https://docs.docker.com/reference/dockerfile/#healthcheck */
const defaults = { intervalNs: 30e9, timeoutNs: 30e9, retries: 3 };

function byHealthcheck({ State: { Health: health }, Config }: ContainerInspect, watchedMs: number): Readiness {
  if (health?.Status === 'healthy') return { kind: 'ready' };
  const last = health?.Log?.at(-1);
  const output = last?.Output.trim();
  const verdict = last ? `: its healthcheck ${verdictOf(last)}` : '';
  if (health?.Status === 'unhealthy') return failed(`is unhealthy${verdict}`, output);
  const deadline = healthDeadlineMs(Config.Healthcheck);
  return watchedMs > deadline ? failed(`was not healthy within ${Math.round(deadline / 1000)} s${verdict}`, output) : { kind: 'waiting' };
}

/**
 * The last line says what is wrong, after curl's or a test's progress; the engine itself writes one for a healthcheck that took too long.
 */
function verdictOf({ ExitCode: status, Output: output }: { readonly ExitCode: number; readonly Output: string }): string {
  const said = output.trim().split('\n').at(-1)?.trim() ?? '';
  const shown = said.length > longestSaid ? `${said.slice(0, longestSaid)}…` : said;
  return `${status < 0 ? 'did not end' : `ended with ${status}`}${shown === '' ? ' and said nothing' : `: ${shown}`}`;
}

const longestSaid = 200;

const failed = (reason: string, output?: string): Readiness => ({ kind: 'failed', reason, ...(output && { output }) });
