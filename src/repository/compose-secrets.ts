import { secretKeys } from './compose-keys.ts';
import { readExternal } from './compose-networks.ts';
import type { DeclaredConfig } from './config-files.ts';
import { type Cursor, fail, nonEmpty, parsed, quote } from './reader.ts';
import { entries, fields, type NamedCursor } from './reader-collections.ts';
import { folderOf, pathIn, type TreeReader } from './repository-path.ts';
import { isSecretName } from './variables.ts';

/** The top-level `secrets:` by name: files of WINDLASS_SECRETS_DIR, or of the repository. */
export function readSecretDeclarations(at: Cursor | undefined, tree: TreeReader): ReadonlyMap<string, DeclaredConfig> {
  return new Map(entries(at).map((entry) => [entry.key, readSecret(entry, tree) ?? { files: [] }]));
}

const secretName = parsed(
  (text) => (isSecretName(text) ? text : undefined),
  'the name of a secret\'s file: letters, digits, ".", "-" and "_"',
);

function readSecret(at: NamedCursor, tree: TreeReader): DeclaredConfig | undefined {
  const found = fields(at, secretKeys);
  if (found === undefined) return undefined;
  const { external, name: older } = readExternal(found);
  const name = found.read('name', secretName) ?? older;
  const file = found.get('file');
  if (external && file !== undefined) return fail(at, 'is external and cannot have file');
  if (external) return ofDirectory(at, name ?? at.key);
  if (name !== undefined) return fail(at, 'has a name, which belongs to external: true');
  if (file === undefined) return found.get('environment') ? undefined : fail(at, 'needs either file or external: true');
  return readFile(file, at, tree);
}

function readFile(at: Cursor, secret: NamedCursor, tree: TreeReader): DeclaredConfig | undefined {
  const written = nonEmpty(at);
  if (written === undefined) return undefined;
  const path = pathIn(folderOf(at.value.place.file), written);
  // People keep such files out of Git, or elsewhere on the machine where they ran docker compose.
  if (path === undefined || !tree.has(path)) return ofDirectory(secret, secret.key);
  if (!tree.mode(path)?.startsWith('100')) return fail(at, `names ${path}, which is no ordinary file`);
  const bytes = tree.read(path) ?? new Uint8Array();
  return { files: [{ below: '', file: path, template: false, executable: false, confidential: true, bytes }] };
}

function ofDirectory(at: NamedCursor, name: string): DeclaredConfig | undefined {
  if (!isSecretName(name)) return fail(at, `is looked for as ${quote(name)} in WINDLASS_SECRETS_DIR, which is no name for a file there`);
  return {
    files: [{ below: '', file: at.keyPlace.file, template: false, executable: false, secret: name, bytes: new Uint8Array() }],
  };
}
