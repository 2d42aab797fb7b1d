import type { Variable } from '../model/application.ts';
import type { Tree } from '../model/image.ts';
import { createIssues } from './issues.ts';
import { type Cursor, cursor } from './reader.ts';
import { child, entries } from './reader-collections.ts';
import { readVariables } from './variables.ts';
import { parseYaml } from './yaml-document.ts';

/** A declared formula with its place. */
export type Formula = Variable & { readonly kind: 'formula' };

/** Every formula of the repository's declarations, whatever other mistakes stand around it. */
export function declaredFormulas({ files }: Tree): readonly Formula[] {
  return [...files].flatMap(([path, bytes]) => {
    const places = variablesOf(path);
    if (places === undefined) return [];
    // All mistakes are somebody else's to report.
    const value = parseYaml(path, bytes, createIssues());
    const found = value === undefined ? [] : places(cursor(value, { issues: createIssues() }));
    return found.flatMap((variables) => Object.values(readVariables(variables))).filter((variable) => variable.kind === 'formula');
  });
}

type Variables = Cursor | undefined;

/** Where a file of this name declares variables. */
function variablesOf(path: string): ((top: Cursor) => readonly Variables[]) | undefined {
  if (path === 'windlass.yaml') return (top) => each(top, 'hosts').map((host) => child(host, 'variables'));
  if (/^environments\/[^/]+\.yaml$/.test(path)) return ofEnvironment;
  return /^apps\/.*\.ya?ml$/.test(path) ? ofCompose : undefined;
}

const each = (at: Cursor, key: string): readonly Cursor[] => {
  const found = child(at, key);
  return found?.value.kind === 'map' ? entries(found) : [];
};

const ofEnvironment = (top: Cursor): readonly Variables[] => [
  child(top, 'variables'),
  ...each(top, 'apps').flatMap((app) => [child(app, 'variables'), ...each(app, 'services').map((service) => child(service, 'variables'))]),
];

const ofCompose = (top: Cursor): readonly Variables[] =>
  [top, ...each(top, 'services')].map((at) => {
    const extension = child(at, 'x-windlass');
    return extension && child(extension, 'variables');
  });
