import type { VariableChange, VariableEntry, VariableLevel, VariablesDocument } from '../model/variables.ts';
import { variableText } from '../repository/variable-text.ts';
import type { Client } from './client.ts';
import { oneLine } from './format.ts';

/** What goes on with a value from a stronger place than the one that was changed; nothing where that cannot be asked. */
export async function hiddenValues(client: Client, environment: string, changes: readonly VariableChange[]): Promise<readonly string[]> {
  const notes = changes.map(async (change) => {
    const { name: variable, app, service } = change;
    const query = { app, service, variable };
    const read = await client.get<VariablesDocument>(['environments', environment, 'variables'], query).catch(() => undefined);
    return hiddenNotes(environment, change, read?.variables ?? []);
  });
  return [...new Set((await Promise.all(notes)).flat())];
}

/** A line for each value that hides the changed one, of what is in effect for one application of the environment or for all. */
export function hiddenNotes(environment: string, change: VariableChange, entries: readonly VariableEntry[]): readonly string[] {
  const level = levelOf(change);
  const stronger = entries.filter(({ name, hides }) => name === change.name && hides.some((hidden) => hidden.level === level));
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
