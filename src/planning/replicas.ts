import { createHash } from 'node:crypto';
import type { Application, Issue, Service } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import { containerName } from '../model/names.ts';
import type { FormulaWatch } from '../rendering/formula-watch.ts';
import { configIdentity, type KeptRenderings, type RenderedFile, type RenderInput, renderService } from '../rendering/service-files.ts';
import type { Surroundings } from '../rendering/surroundings.ts';
import { sortIssues } from '../repository/issues.ts';
import { containersOf } from './containers-of.ts';
import { type HeldBack, heldBackBy, type ListLengths, lengthsToRemember } from './guards.ts';
import type { LeavingTerms } from './leaving.ts';
import type { Loaded } from './load.ts';
import { seats } from './place.ts';
import { reactionOf } from './reaction.ts';

/** One replica: where it is, its files, and what of them may be installed. */
export interface Replica {
  readonly service: Service;
  readonly index: number;
  readonly name: string;
  readonly host: string;
  readonly files: readonly RenderedFile[];
  /** Targets of the files that were rendered for this decision. */
  readonly anew: readonly string[];
  readonly heldBack: HeldBack;
  readonly secrets: readonly string[];
  readonly configuration: string | undefined;
}

export interface ReplicasInput {
  readonly loaded: Pick<Loaded, 'applications' | 'root'>;
  readonly application: Application;
  readonly service: Service;
  readonly hosts: readonly HostRecord[];
  readonly surroundings: Surroundings;
  readonly terms: Pick<LeavingTerms, 'lists'>;
  readonly kept?: KeptRenderings;
  readonly watch?: FormulaWatch;
}

export interface Replicas {
  readonly replicas: readonly Replica[];
  readonly issues: readonly Issue[];
  /** Why the service has nowhere to run. */
  readonly homeless: readonly Issue[];
  /** To be remembered of what the files have read. */
  readonly lists: ListLengths;
}

/** Gives every replica of a service its place, and renders its files there. */
export function renderReplicas(input: ReplicasInput): Replicas {
  const { application, service, hosts } = input;
  const existing = containersOf(application, service.name, hosts);
  const places = seats(service, hosts, existing);
  if (places.length === 0 && service.replicas > 0) return { replicas: [], issues: [], homeless: [noHost(service, hosts)], lists: {} };
  const issues: Issue[] = [];
  const records = existing.map(({ record }) => record);
  const guarded = { guard: service.guard, records, lengths: input.terms.lists };
  const replicas = places.map(({ host, index }): Replica => {
    const name = containerName(application.environment, application.name, service.name, index);
    const networks = service.spec.networks.map((network) => network.name);
    const request = renderInput(input, { index, name, host, networks, labels: service.spec.labels });
    const { files, secrets, anew, issues: found } = renderService(request);
    // One template may serve several services: a message must say for which it failed.
    issues.push(...found.map((issue) => ({ ...issue, message: `${issue.message} (service ${service.name})` })));
    const heldBack = heldBackBy({ ...guarded, files });
    const installed = existing.find((one) => one.host === host && one.record.name === name)?.record.configs ?? {};
    const toBe = files.map((file) => {
      const before = installed[file.target]?.installed;
      return heldBack(file.target, before) !== undefined && before !== undefined ? { ...file, hash: before } : file;
    });
    return { service, index, name, host, files, anew, heldBack, secrets, configuration: configurationOf(service, request, toBe) };
  });
  const lists = replicas.map(({ files }) => lengthsToRemember({ ...guarded, files }));
  // What fails for one replica fails for all of them mostly, and is told once.
  return { replicas, issues: sortIssues(issues), homeless: [], lists: Object.assign({}, ...lists) as ListLengths };
}

/** What one container of the service is rendered from. */
export function renderInput(
  { loaded, application, service, surroundings, kept, watch }: ReplicasInput,
  container: RenderInput['container'],
): RenderInput {
  return {
    applications: loaded.applications,
    application,
    service,
    container,
    hostDeclarations: loaded.root.hosts,
    surroundings,
    ...(kept === undefined ? {} : { kept }),
    ...(watch === undefined ? {} : { watch }),
  };
}

/** What of the configuration belongs to the spec: all of it for an immutable service, and every file whose action is `recreate`. */
function configurationOf(
  service: Service,
  request: RenderInput,
  files: readonly Pick<RenderedFile, 'source' | 'target' | 'hash'>[],
): string | undefined {
  const recreating = files
    .filter(({ source }) => reactionOf(service, source)?.action.kind === 'recreate')
    .map(({ target, hash }) => `${target} ${hash}`);
  const immutable = service.policy === 'immutable' && files.length > 0 ? [configIdentity(request)] : [];
  const all = [...immutable, ...recreating];
  return all.length > 0 ? createHash('sha256').update(all.join('\n')).digest('hex') : undefined;
}

function noHost(service: Service, hosts: readonly HostRecord[]): Issue {
  const rules = service.constraints.map(
    ({ attribute, key, operator, value }) => `node.${attribute === 'hostname' ? 'hostname' : `labels.${key}`} ${operator} ${value}`,
  );
  const known =
    hosts.length === 0 ? 'the environment has no host: start an agent' : `none of ${hosts.map(({ name }) => name).join(', ')} fits`;
  return {
    ...service.place,
    message: `service ${service.name} has nowhere to run: ${known}${rules.length > 0 ? ` (${rules.join(', ')})` : ''}`,
  };
}
