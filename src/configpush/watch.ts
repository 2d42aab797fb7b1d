import type { ContainerInspect } from '../docker/engine.ts';

/** Why the process is not the one that was there, or is not well any more; undefined: all is as it was. */
export function whatBroke(before: ContainerInspect, now: ContainerInspect | undefined): string | undefined {
  if (!now) return 'the container was removed';
  const { State: state } = now;
  if (state.Restarting || now.RestartCount !== before.RestartCount)
    return `the process ended with exit status ${state.ExitCode} and was started again`;
  if (!state.Running) return `the process ended with exit status ${state.ExitCode}${state.OOMKilled ? ': out of memory' : ''}`;
  if (state.StartedAt !== before.State.StartedAt) return 'the container was started anew';
  if (state.Health?.Status === 'unhealthy' && before.State.Health?.Status !== 'unhealthy') {
    const said = state.Health.Log?.at(-1)?.Output.trim();
    return `the container became unhealthy${said ? `: ${said.slice(0, 500)}` : ''}`;
  }
  return undefined;
}

/** From one healthcheck to the next, milliseconds; the engine's default is 30 s. */
export const checkIntervalMs = ({ Config: { Healthcheck: check } }: ContainerInspect): number => (check?.Interval || 30e9) / 1e6;

/** How long a container's healthcheck may take to a verdict, milliseconds; undefined where it has none. */
export function healthDeadlineMs(container: ContainerInspect): number | undefined {
  const { Healthcheck: check } = container.Config;
  if (!check?.Test || check.Test.length === 0 || check.Test[0] === 'NONE') return undefined;
  // The engine's own defaults: https://docs.docker.com/reference/dockerfile/#healthcheck
  const rounds = (check.Retries || 3) + 1;
  return ((check.StartPeriod ?? 0) + rounds * (check.Timeout || 30e9)) / 1e6 + rounds * checkIntervalMs(container);
}

/**
 * How healthchecks ended that began after an earlier look at the container: `passed` once one has, `failed` while none has but some
 * did not, `none` while nothing can be told.
 */
export function checksSince(look: ContainerInspect, { State: { Health: health } }: ContainerInspect): 'none' | 'passed' | 'failed' {
  const began = (entry: { Start: string }) => Date.parse(entry.Start);
  const newest = Math.max(0, ...(look.State.Health?.Log ?? []).map(began));
  const since = (health?.Log ?? []).filter((entry) => began(entry) > newest);
  if (since.length === 0) return 'none';
  return since.some(({ ExitCode }) => ExitCode === 0) ? 'passed' : 'failed';
}

export const isHealthy = ({ State: { Health: health } }: ContainerInspect): boolean => health?.Status === 'healthy';
