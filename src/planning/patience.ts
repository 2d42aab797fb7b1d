import type { Healthcheck } from '../model/application.ts';

/** How long nothing may change while containers are awaited that say nothing else. */
export const leastPatienceMs = 180_000;

/** The engine's own: https://docs.docker.com/reference/dockerfile/#healthcheck */
const defaults = { intervalMs: 30_000, timeoutMs: 30_000, retries: 3 };

/** How long to wait for a container's own healthcheck to come to a verdict, engines under load included. */
export function patienceOf(check: Healthcheck | undefined): number {
  if (!check) return leastPatienceMs;
  const round = (check.intervalMs ?? defaults.intervalMs) + (check.timeoutMs ?? defaults.timeoutMs);
  const verdict = (check.startPeriodMs ?? 0) + ((check.retries ?? defaults.retries) + 1) * round;
  return Math.max(leastPatienceMs, verdict + 30_000);
}
