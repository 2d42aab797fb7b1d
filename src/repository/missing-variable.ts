import type { Constant } from '../model/application.ts';
import type { Tree } from '../model/image.ts';
import { nearest } from '../model/nearest.ts';
import type { VariableChange } from '../model/variables.ts';
import { valueInYaml } from './edit-yaml.ts';
import { type VariablePlace, variablePlace } from './variable-place.ts';
import { decodeUtf8 } from './yaml-document.ts';

/** Why a variable cannot be taken away where it is not said: where it is, and else which name is meant. */
export function missingVariable(tree: Tree, environment: string, change: VariableChange, place: VariablePlace): string {
  const others = elsewhere(environment, change).flatMap(({ scope, how }) => {
    const found = variablePlace(tree, environment, { ...scope, name: change.name });
    return found === undefined ? [] : [{ place: found, how: `in ${found.file}: ${how}` }];
  });
  const known = [{ place, how: '' }, ...others].map((one) => ({ ...one, names: namesBeside(tree, one.place) }));
  const message = `${place.file}: ${place.path.join('.')} is not there`;
  const same = known.find(({ names }) => names.includes(change.name));
  if (same) return `${message}; it stands ${same.how}`;
  for (const { names, how } of known) {
    const meant = nearest(change.name, names);
    if (meant !== undefined) return `${message}; did you mean ${meant}${how && `, which stands ${how}`}?`;
  }
  return message;
}

type Scope = Omit<VariableChange, 'name' | 'value'>;

/** The other places from which what the change names has variables, and how a command says them. */
function elsewhere(environment: string, { app, service, host, file }: VariableChange): readonly { scope: Scope; how: string }[] {
  const named = (...names: readonly (string | undefined)[]) => [environment, ...names.filter((one) => one !== undefined)].join('/');
  if (host !== undefined) return [{ scope: { file: 'environment' }, how: `name ${environment} without --host` }];
  const scopes = [
    ...(app !== undefined && service !== undefined ? [{ app, service }] : []),
    ...(app !== undefined ? [{ app }] : []),
  ].flatMap((scope) => (['environment', 'compose'] as const).map((where) => ({ ...scope, file: where })));
  const all: readonly Scope[] = [...scopes, { file: 'environment' }];
  const isOther = (scope: Scope) => scope.app !== app || scope.service !== service || scope.file !== file;
  return all.filter(isOther).map((scope) => {
    const target = named(scope.app, scope.service);
    const option = scope.file === file ? '' : scope.file === 'compose' ? ' with --compose' : ' without --compose';
    return { scope, how: `name ${target}${option}` };
  });
}

/** The variables that are said at a place. */
function namesBeside({ files }: Tree, { file, path }: VariablePlace): readonly string[] {
  const bytes = files.get(file);
  const text = bytes && decodeUtf8(bytes);
  const found: Constant | undefined = text === undefined ? undefined : valueInYaml(file, text, path.slice(0, -1));
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.keys(found) : [];
}
