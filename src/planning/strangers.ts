import { createHash } from 'node:crypto';
import type { ContainerRecord } from '../model/host.ts';
import type { PushConfigStep } from '../model/step.ts';
import type { Difference } from './difference.ts';
import { type Filed, filesDue, isNothing, pushOf, reactionsDue } from './file-differences.ts';
import { type Due, reactionOf } from './reaction.ts';

/** A container that carries a service's labels and was not made by windlass: it gets the service's files, and nothing else. */
export interface Stranger extends Filed {
  readonly record: ContainerRecord;
}

/** The push that a stranger lacks; undefined: none, or not while it is in this state. */
export function strangerDifference(stranger: Stranger): Difference | undefined {
  const { record } = stranger;
  const runs = record.state === 'running';
  if (!runs && !stopped.includes(record.state)) return undefined;
  // Only what windlass starts is verified behind that.
  const due = { ...filesDue(stranger, record), unverified: [] };
  const found = runs
    ? { ...due, unloaded: due.unloaded.filter((file) => !isAtStart(stranger, file.source)) }
    : { ...due, unloaded: [], removed: [] };
  if (isNothing(found)) return undefined;
  const acting = runs ? reactionsDue(stranger, found, (source) => source === undefined || !isAtStart(stranger, source)) : nothing;
  const { step, ...difference } = pushOf(stranger, record, { found, acting, checking: reactionsDue(stranger, found).reactions });
  // A restart, which another file's reaction asks for, is a start too.
  const loading = runs && acting.action.kind !== 'restart' ? found.behind.filter(({ source }) => isAtStart(stranger, source)) : [];
  const atStart = loading.map(({ target }) => target);
  const reason = `${difference.reason} ${where}${atStart.length > 0 ? ', to be loaded when it is started anew' : ''}`;
  const seen = { stranger: runs ? 'running' : 'stopped', ...(atStart.length > 0 ? { atStart } : {}) } as const;
  return { ...difference, reason, step: { ...step, reason, ...seen } };
}

/** Files can be put into it, and it may start with them; one that restarts again and again may do so for want of them. */
const stopped: readonly ContainerRecord['state'][] = ['created', 'exited', 'restarting'];

const nothing: Due = { action: { kind: 'none' }, reactions: [] };

const where = '(in a container that windlass did not make)';

/**
 * Whether a file takes effect when its container is started anew, and not before: were it windlass's, there would be a new one. Whoever
 * made this one makes that, too.
 */
export function isAtStart({ service }: Pick<Stranger, 'service'>, source: string): boolean {
  const kind = reactionOf(service, source)?.action.kind ?? 'none';
  return kind === 'recreate' || (kind === 'none' && service.policy === 'immutable');
}

/** What is equal for equal pushes into the same container: of one that has failed, all that tells it from the next one. */
export function pushKey({ container, files, remove, checks, action, verify, stranger }: PushConfigStep): string {
  const placed = files.map(({ target, hash, mode, uid, gid }) => [target, hash, mode, uid, gid]);
  return createHash('sha256')
    .update(JSON.stringify([container, placed, remove, checks, action, verify, stranger]))
    .digest('hex');
}
