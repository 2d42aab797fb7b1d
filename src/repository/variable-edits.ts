import type { Constant } from '../model/application.ts';
import type { Tree } from '../model/image.ts';
import type { VariableChange, VariableValue } from '../model/variables.ts';
import { editYaml, valueInYaml } from './edit-yaml.ts';
import { missingVariable } from './missing-variable.ts';
import { type VariablePlace, variablePlace } from './variable-place.ts';
import { decodeUtf8 } from './yaml-document.ts';

/** A file of the repository as it is (undefined: it is not there) and as it is to be. */
export interface EditedFile {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
}

export type VariableEdits =
  | {
      readonly files: readonly EditedFile[];
      /** What each change replaces; null: nothing was there. */
      readonly replaced: readonly (Constant | null)[];
    }
  | { readonly problem: string };

/** Writes changes of variables into the files where they belong. */
export function editVariables(tree: Tree, environment: string, changes: readonly VariableChange[]): VariableEdits {
  const files = new Map<string, { before: string | undefined; after: string }>();
  const replaced: (Constant | null)[] = [];
  for (const change of changes) {
    const place = placeOf(tree, environment, change);
    if ('problem' in place) return place;
    const { file, path } = place;
    if (!files.has(file) && !readable(tree, file)) return { problem: `${file} is no file of UTF-8 text` };
    const before = files.has(file) ? files.get(file)?.before : textOf(tree, file);
    const text = files.get(file)?.after ?? before ?? '';
    const found = valueInYaml(file, text, path);
    if (found === undefined && change.value === null) return { problem: missingVariable(tree, environment, change, place) };
    replaced.push(found ?? null);
    const edited = editYaml(file, text, { path, value: change.value === null ? undefined : writtenAs(change.value) });
    if ('problem' in edited) return edited;
    files.set(file, { before, after: edited.text });
  }
  const changed = [...files].map(([path, { before, after }]) => ({ path, before, after })).filter(({ before, after }) => before !== after);
  return { files: changed, replaced };
}

function placeOf(tree: Tree, environment: string, change: VariableChange): VariablePlace | { readonly problem: string } {
  const place = variablePlace(tree, environment, change);
  const { app, service, file } = change;
  if (place === undefined) return { problem: `there is no apps/${app}/compose.yaml` };
  if (file !== 'compose' || service === undefined || change.host !== undefined) return place;
  if (valueInYaml(place.file, textOf(tree, place.file) ?? '', ['services', service]) !== undefined) return place;
  return { problem: `${place.file} has no service ${service} of its own: edit the file where it stands, or set it without --compose` };
}

const readable = (tree: Tree, path: string): boolean =>
  textOf(tree, path) !== undefined || !tree.entries.some((entry) => entry.path === path);

function textOf({ files }: Tree, path: string): string | undefined {
  const bytes = files.get(path);
  return bytes && decodeUtf8(bytes);
}

const writtenAs = (value: VariableValue): Constant => ('constant' in value ? value.constant : { ...value });
