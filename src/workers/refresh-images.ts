import type { Decision } from '../planning/decide.ts';
import type { Aim } from './bring-to.ts';
import type { DeployContext } from './deploy-context.ts';

/**
 * Has images that are always pulled asked for, once for a revision on each host: when it begins or somebody asks for it, and on a host
 * that was away then, when it is back. Containers that come and go ask no registry. False where there was nothing to ask for.
 */
export async function refreshImages(
  { unpulled, asked, only, revision }: Aim,
  target: string,
  { refreshes }: Decision,
  context: DeployContext,
  signal: AbortSignal,
): Promise<boolean> {
  if (refreshes.length === 0 || only !== undefined) return false;
  const begins = unpulled === true || asked === true;
  const known = begins ? [] : await context.remembered.refreshed(target, revision);
  const due = known && refreshes.filter(({ host }) => !known.includes(host));
  if (!due || due.length === 0) return false;
  const ready = (await context.hosts()).filter(({ state }) => state === 'ready').map(({ name }) => name);
  await context.refreshImages(due, signal);
  await context.remembered.markRefreshed(target, revision, [...new Set([...(known ?? []), ...ready])]);
  return true;
}
