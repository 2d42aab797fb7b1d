import { InvalidArgumentError } from 'commander';
import type { PlanDocument } from '../model/documents.ts';
import type { VariableChange, VariablesChangeDocument, VariablesPlanDocument, VariableValue } from '../model/variables.ts';
import { parseVariable } from '../repository/variable-text.ts';
import type { Client } from './client.ts';
import { planText } from './commands/plan.ts';
import { diffText } from './diff-text.ts';
import { type Author, gitAuthor } from './git-author.ts';
import { hiddenValues } from './hidden-values.ts';
import type { Session } from './session.ts';

export interface Assignment {
  readonly name: string;
  readonly text: string;
}

/** `NAME=VALUE`, any number of times. */
export function assignments(text: string, before: readonly Assignment[] = []): readonly Assignment[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is NAME=VALUE.');
  return [...before, { name: text.slice(0, at), text: text.slice(at + 1) }];
}

export const valueKinds = ['value', 'text', 'cel', 'secret'] as const;

/** What `VALUE` means: as YAML reads it, or said otherwise. */
export function assignedValue(text: string, kind: (typeof valueKinds)[number]): VariableValue {
  if (kind === 'text') return { constant: text };
  if (kind === 'cel') return { cel: text };
  if (kind === 'secret') return { secret: text };
  const value = parseVariable(text);
  if (value === undefined) throw new InvalidArgumentError(`${text} is no YAML value: quote it, or say --as text.`);
  return value;
}

export interface Asked {
  readonly environment: string;
  readonly changes: readonly VariableChange[];
  readonly author: Author | undefined;
  readonly message: string | undefined;
  readonly yes: boolean;
  /** The application that is deployed with it, and none else. */
  readonly alone?: string | undefined;
}

/** Shows on a terminal what the change would do and asks; then has the controller commit it. */
export async function changeVariables(session: Session, client: Client, asked: Asked): Promise<VariablesChangeDocument> {
  const { environment, changes, message, yes } = asked;
  const planned = yes || !session.io.stdin.isTTY ? undefined : await planVariables(client, asked);
  if (planned !== undefined && planned.diff !== '') {
    session.note(changePlanText(planned, session));
    await session.confirm(`commit this to ${planned.branch}?`, yes);
  }
  const author = asked.author ?? (await gitAuthor(session.io));
  const done = await client.send<VariablesChangeDocument>('POST', ['environments', environment, 'variables'], {
    changes,
    author,
    message,
    base: planned?.base,
    alone: asked.alone,
  });
  const also = done.environments.filter(({ name }) => name !== environment).map(({ name }) => name);
  if (done.diff === '') session.note('it is so already: nothing was committed');
  else if (also.length > 0) session.note(`${also.join(', ')} ${also.length === 1 ? 'moves' : 'move'} to this commit too`);
  for (const name of done.unread) session.note(unreadText(name));
  if (done.diff !== '') for (const line of await hiddenValues(client, environment, changes)) session.note(line);
  return done;
}

/** What a change would do, without doing it. */
export const planVariables = (client: Client, { environment, changes }: Pick<Asked, 'environment' | 'changes'>) =>
  client.send<VariablesPlanDocument>('POST', ['environments', environment, 'variables', 'plan'], { changes });

/** The change of files, then the plan of each environment that it moves. */
export function changePlanText({ diff, plans, unread }: VariablesPlanDocument, { paint }: Pick<Session, 'paint'>): string {
  if (diff === '') return 'it is so already\n';
  const notes = unread.map((name) => `${unreadText(name)}\n`);
  return [diffText(diff, paint), ...notes, ...plans.map((plan: PlanDocument) => planText(plan, paint))].join('\n');
}

const unreadText = (name: string): string => `nothing in the repository reads ${name}: is its name right?`;
