import { messageOf } from '../errors.ts';
import type { VariableChange, VariableEntry, VariableLevel, VariablesDocument } from '../model/variables.ts';
import { variableText } from '../repository/variable-text.ts';
import type { Client } from './client.ts';
import { oneLine } from './format.ts';

/** What goes on with a value from a stronger place than the one that was changed, or why that cannot be told. */
export async function hiddenValues(client: Client, environment: string, changes: readonly VariableChange[]): Promise<readonly string[]> {
  try {
    const { variables } = await client.get<VariablesDocument>(['environments', environment, 'variables']);
    return [...new Set(changes.flatMap((change) => hiddenNotes(environment, change, variables)))];
  } catch (error) {
    return [`whether a stronger value hides it cannot be told: ${oneLine(messageOf(error))}`];
  }
}

/** A line for each value that hides the changed one, of what is in effect in the environment. */
function hiddenNotes(environment: string, change: VariableChange, entries: readonly VariableEntry[]): readonly string[] {
  const level = levelOf(change);
  const concerned = entries.filter(
    ({ name, app, service }) => name === change.name && app === (change.app ?? app) && service === (change.service ?? service),
  );
  const stronger = concerned.filter(({ hides }) => hides.some((hidden) => hidden.level === level));
  return stronger.map(
    ({ name, app, service, host, value, file, line }) =>
      `${environment}/${app}/${service}${host === null ? '' : ` on ${host}`} goes on with ${name}=${oneLine(variableText(value))} of ${file}:${line}`,
  );
}

function levelOf({ file, app, service, host }: VariableChange): VariableLevel {
  if (host !== undefined) return 'host';
  if (file === 'compose') return service === undefined ? 'application' : 'service';
  if (service !== undefined) return 'environment-service';
  return app === undefined ? 'environment' : 'environment-application';
}
