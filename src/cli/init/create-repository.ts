import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { firstCommit, repositoryRoot } from '../../git/first-commit.ts';
import type { SystemGit } from '../../git/system-git.ts';
import { convertBinds } from '../../repository/convert-binds.ts';
import { author } from '../author.ts';
import type { ComposeFolder } from './compose-folder.ts';
import { editorHint, hotPushHint } from './compose-hints.ts';
import { isConfiguration, narrowAccess } from './configuration.ts';
import { commonFiles, exampleFiles, type Files, type Layout } from './initial-files.ts';
import { projectFiles } from './project-files.ts';
import { schemas } from './schemas.ts';
import { secretNotes } from './secret-notes.ts';
import { type Copies, writeFiles } from './write-files.ts';

export interface NewRepository extends Layout {
  readonly folder: string;
  readonly from: ComposeFolder | undefined;
  readonly example: boolean;
  readonly convert: boolean;
  readonly git: boolean;
}

/** What a Compose project is taken with. */
interface Machine {
  /** Undefined: what .gitignore says is not known. */
  readonly git: SystemGit | undefined;
  readonly secretsDirectory: string;
}

export interface CreatedRepository {
  readonly paths: readonly string[];
  readonly committed: boolean;
  /** What a person should know of what became of the project. */
  readonly notes: readonly string[];
}

/** Writes the files of a new repository and, where the folder is in no Git repository, makes it one with a first commit. */
export async function createRepository(wanted: NewRepository, machine: Machine | undefined): Promise<CreatedRepository> {
  const folder = resolve(wanted.folder);
  const { files, copies, notes } =
    wanted.from && machine
      ? await filesFrom(wanted.from, wanted, machine)
      : { files: exampleFiles(wanted.app, wanted.example), copies: [], notes: [] };
  const root = await repositoryRoot(folder);
  const paths = await writeFiles(folder, new Map([...commonFiles(wanted), ...files]), [...copies, ...schemas]);
  if (root !== undefined || !wanted.git) return { paths, committed: false, notes };
  const name = author() ?? 'windlass';
  await firstCommit({
    folder,
    branch: wanted.branch,
    paths,
    message: wanted.from ? `Take over the Compose project ${wanted.from.project}` : 'Begin with windlass',
    author: { name, email: `${name}@${hostname()}` },
  });
  return { paths, committed: true, notes };
}

interface Taken {
  readonly files: Files;
  readonly copies: Copies;
  readonly notes: readonly string[];
}

/** The Compose file byte for byte unless its binds are converted, and what it refers to. */
async function filesFrom(from: ComposeFolder, { app, convert, policy }: NewRepository, { git, secretsDirectory }: Machine): Promise<Taken> {
  const to = `apps/${app}`;
  const path = `${to}/${from.file}`;
  const converted = convert ? await convertFile(from) : undefined;
  const { paths, notes } = await projectFiles(from, [...new Set([...from.needed, ...(converted?.configs ?? [])])], git);
  const bytes = converted === undefined ? from.bytes : new TextEncoder().encode(converted.text);
  const hints = [editorHint(path, new TextDecoder().decode(bytes)), policy === 'mutable' ? hotPushHint(bytes) : undefined];
  return {
    files: new Map([[path, bytes]]),
    copies: paths.map((one) => ({ from: join(from.path, one), to: join(to, one) })),
    notes: [
      ...(converted?.notes ?? []),
      ...from.warnings,
      ...notes,
      ...(await secretNotes(from, paths, secretsDirectory)),
      ...hints.filter((hint) => hint !== undefined),
    ],
  };
}

/** Whether a path is configuration has to be looked up before, for the conversion itself is pure. */
async function convertFile(from: ComposeFolder) {
  const text = new TextDecoder().decode(from.bytes);
  const asked = new Set<string>();
  const ask = (path: string) => asked.add(path).has(path);
  convertBinds({ text, folder: from.path, isConfig: ask, accessOf: () => undefined });
  const found = new Map<string, Awaited<ReturnType<typeof narrowAccess>>>();
  for (const path of asked) {
    if (await isConfiguration(join(from.path, path))) found.set(path, await narrowAccess(join(from.path, path)));
  }
  return convertBinds({ text, folder: from.path, isConfig: (path) => found.has(path), accessOf: (path) => found.get(path) });
}
