import { createHash } from 'node:crypto';
import type { Application, Issue, Service } from '../model/application.ts';
import { type ContainerRecord, isStranger } from '../model/host.ts';
import type { PushConfigStep } from '../model/step.ts';
import { type RenderedFile, renderService } from '../rendering/service-files.ts';
import type { Difference } from './difference.ts';
import { type Filed, filesDue, isNothing, pushOf, reactionsDue } from './file-differences.ts';
import { type HeldBack, heldBackBy, type ListLengths, lengthsToRemember } from './guards.ts';
import { type Due, reactionOf } from './reaction.ts';
import { type ReplicasInput, renderInput } from './replicas.ts';

/** A container that carries a service's labels and was not made by windlass: it gets the service's files, and nothing else. */
export interface Stranger extends Filed {
  readonly record: ContainerRecord;
}

/** One stranger's files, rendered for it. */
export interface RenderedStranger {
  readonly service: Service;
  readonly record: ContainerRecord;
  readonly host: string;
  readonly files: readonly RenderedFile[];
  readonly anew: readonly string[];
  readonly heldBack: HeldBack;
  readonly secrets: readonly string[];
  /** Why it gets none. */
  readonly issues: readonly Issue[];
}

/** Renders a service's files for its strangers: each sees its own name, labels and networks. */
export function renderStrangers(input: ReplicasInput): { readonly strangers: readonly RenderedStranger[]; readonly lists: ListLengths } {
  const { application, service, hosts, terms } = input;
  const found = hosts.flatMap((host) =>
    host.containers.filter((record) => isOf(application, service, record)).map((record) => ({ record, host: host.name })),
  );
  const own = found.filter(({ record }) => isStranger(record));
  const guarded = { guard: service.guard, records: found.map(({ record }) => record), lengths: terms.lists };
  const { kept: _, ...rest } = input;
  const strangers = own.map(({ record, host }): RenderedStranger => {
    const { name, index } = record;
    const labels = { ...service.spec.labels, ...record.labels };
    // Not kept from one decision to the next: they come and go under any names, and what is kept only goes with its revision.
    const rendered = renderService(renderInput(rest, { name, index, host, networks: Object.keys(record.networks), labels }));
    return { ...rendered, service, record, host, heldBack: heldBackBy({ ...guarded, files: rendered.files }) };
  });
  const lists = strangers.map(({ files }) => lengthsToRemember({ ...guarded, files }));
  return { strangers, lists: Object.assign({}, ...lists) as ListLengths };
}

const isOf = (application: Application, service: Service, { environment, app, service: name }: ContainerRecord): boolean =>
  environment === application.environment && app === application.name && name === service.name;

/** The push that a stranger lacks; undefined: none, or not while it is in this state. */
export function strangerDifference(stranger: Stranger): Difference | undefined {
  const { record } = stranger;
  const runs = record.state === 'running';
  if (!runs && !stopped.includes(record.state)) return undefined;
  const due = filesDue(stranger, record);
  const found = runs
    ? { ...due, unloaded: due.unloaded.filter((file) => !isAtStart(stranger, file.source)) }
    : { ...due, unloaded: [], unverified: [], removed: [] };
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
