import { createHash } from 'node:crypto';
import type { Secrets } from '../model/application.ts';
import type { ContainerRecord, HostRecord } from '../model/host.ts';
import { members } from './members.ts';
import { byText } from './view-object.ts';

/** A container of a list: all that a view may show of it. */
export interface ListedContainer {
  /** The final one; a stranger's own. */
  readonly name: string;
  readonly index: number;
  readonly healthy: boolean;
  /** Not made by windlass. */
  readonly stranger: boolean;
  readonly host: Pick<HostRecord, 'name' | 'address'>;
  readonly networks: ContainerRecord['networks'];
  readonly ports: ContainerRecord['ports'];
}

/** A host: all that a view may show of it. Labels are those of its agent. */
export type ListedHost = Pick<HostRecord, 'name' | 'address' | 'cpus' | 'memory' | 'labels'>;

/** What a view may ask for. `replicas`: those with a higher index are not listed. */
export type Question =
  | { readonly kind: 'containers'; readonly app: string; readonly service: string; readonly replicas: number | 'all' }
  | { readonly kind: 'hosts' }
  | { readonly kind: 'host'; readonly name: string }
  | { readonly kind: 'secret'; readonly name: string };

interface Answers {
  readonly containers: readonly ListedContainer[];
  readonly hosts: readonly ListedHost[];
  readonly host: ListedHost | undefined;
  readonly secret: string | undefined;
}

/**
 * All of a view that the revision does not fix: what agents have found, and what secrets hold. Views have no other way to it,
 * so that whoever notes the questions knows everything that a rendering depends on.
 */
export interface Surroundings {
  ask<Q extends Question>(question: Q): Answers[Q['kind']];
  /** Equal for equal answers; 64 hex digits. */
  fingerprint(question: Question): string;
  /** The same secrets with other hosts around. */
  withHosts(hosts: readonly HostRecord[]): Surroundings;
}

export interface SurroundingsInput {
  readonly environment: string;
  /** All of the environment. */
  readonly hosts: readonly HostRecord[];
  readonly secrets: Secrets;
}

/** Each question is worked out once, whoever asks. */
export function createSurroundings(input: SurroundingsInput): Surroundings {
  const known = new Map<string, { readonly answer: unknown; fingerprint?: string }>();
  const look = (question: Question) => {
    const key = JSON.stringify(question);
    const found = known.get(key) ?? { answer: answer(input, question) };
    known.set(key, found);
    return found;
  };
  return {
    ask: <Q extends Question>(question: Q) => look(question).answer as Answers[Q['kind']],
    fingerprint: (question) => {
      const found = look(question);
      found.fingerprint ??= createHash('sha256')
        .update(JSON.stringify(found.answer) ?? '')
        .digest('hex');
      return found.fingerprint;
    },
    withHosts: (hosts) => createSurroundings({ ...input, hosts }),
  };
}

/** The same, and `asked` is told of every question; of those to other hosts only what they have in common with these. */
export function noting(surroundings: Surroundings, asked: (question: Question) => void): Surroundings {
  const ask: Surroundings['ask'] = (question) => {
    asked(question);
    return surroundings.ask(question);
  };
  return {
    ...surroundings,
    ask,
    withHosts: (hosts) => {
      const others = surroundings.withHosts(hosts);
      return noting(others, (question) => {
        if (question.kind === 'secret') asked(question);
      });
    },
  };
}

function answer({ environment, hosts, secrets }: SurroundingsInput, question: Question): unknown {
  switch (question.kind) {
    case 'containers': {
      const replicas = question.replicas === 'all' ? Number.POSITIVE_INFINITY : question.replicas;
      return members(hosts, environment, question.app, question.service, replicas).map(listed);
    }
    case 'hosts':
      return [...hosts].sort((a, b) => byText(a.name, b.name)).map(seen);
    case 'host': {
      const host = hosts.find(({ name }) => name === question.name);
      return host && seen(host);
    }
    case 'secret':
      return Object.hasOwn(secrets, question.name) ? secrets[question.name]?.reveal() : undefined;
  }
}

const listed = ({ record, host, name, index, healthy }: ReturnType<typeof members>[number]): ListedContainer => ({
  name,
  index,
  healthy,
  stranger: record.spec === undefined,
  host: { name: host.name, address: host.address },
  networks: record.networks,
  ports: record.ports,
});

const seen = ({ name, address, cpus, memory, labels }: HostRecord): ListedHost => ({ name, address, cpus, memory, labels });
