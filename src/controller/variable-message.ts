import type { VariableChange, VariableValue } from '../model/variables.ts';

const longest = 72;

/** The message of a commit that changes variables: `Set theme of production/shop to "dark"`. */
export function changeMessage(environment: string, changes: readonly VariableChange[]): string {
  const [first, ...more] = changes;
  if (first === undefined) return `Change variables of ${environment}`;
  if (more.length === 0) return shortened(oneChange(environment, first));
  const scopes = [...new Set(changes.map((change) => scopeOf(environment, change)))];
  return `${shortened(`Change ${changes.map(({ name }) => name).join(', ')} of ${scopes.join(', ')}`)}\n\n${changes.map((change) => oneChange(environment, change)).join('\n')}`;
}

function oneChange(environment: string, change: VariableChange): string {
  const scope = scopeOf(environment, change);
  return change.value === null ? `Unset ${change.name} of ${scope}` : `Set ${change.name} of ${scope} to ${valueText(change.value)}`;
}

function scopeOf(environment: string, { app, service, host, file }: VariableChange): string {
  if (host !== undefined) return `host ${host}`;
  const names = [app, service].filter((name) => name !== undefined);
  return (file === 'compose' ? names : [environment, ...names]).join('/');
}

function valueText(value: VariableValue): string {
  if ('secret' in value) return `secret ${value.secret}`;
  return 'cel' in value ? `the formula ${value.cel}` : JSON.stringify(value.constant);
}

const shortened = (subject: string): string => {
  const line = subject.replaceAll(/\s+/g, ' ');
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
};
