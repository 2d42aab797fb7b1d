import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstCommit, repositoryRoot } from '../../git/first-commit.ts';
import { convertBinds } from '../../repository/convert-binds.ts';
import { packageFile } from '../../version.ts';
import { author } from '../author.ts';
import { type ComposeFolder, isConfiguration } from './compose-folder.ts';
import { commonFiles, exampleFiles, type Files, type Layout, schemasFolder } from './initial-files.ts';
import { type Copies, writeFiles } from './write-files.ts';

export interface NewRepository extends Layout {
  readonly folder: string;
  readonly from: ComposeFolder | undefined;
  readonly example: boolean;
  readonly convert: boolean;
  readonly git: boolean;
}

export interface CreatedRepository {
  readonly paths: readonly string[];
  readonly committed: boolean;
  /** What became of the project's bind mounts. */
  readonly notes: readonly string[];
}

/** Writes the files and, where the folder is in no Git repository, makes it one with a first commit. */
export async function createRepository(wanted: NewRepository): Promise<CreatedRepository> {
  const folder = resolve(wanted.folder);
  const { files, copies, notes } = wanted.from
    ? await filesFrom(wanted.from, wanted)
    : { files: exampleFiles(wanted.app, wanted.example), copies: [], notes: [] };
  await mkdir(folder, { recursive: true });
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

/** Of this very windlass: what it reads is what they complete. */
const schemas: Copies = ['windlass', 'environment', 'compose'].map((name) => ({
  from: fileURLToPath(packageFile(`schemas/${name}.json`)),
  to: `${schemasFolder}/${name}.json`,
}));

interface Taken {
  readonly files: Files;
  readonly copies: Copies;
  readonly notes: readonly string[];
}

/** The Compose file byte for byte unless its binds are converted, and what it refers to. */
async function filesFrom(from: ComposeFolder, { app, convert }: NewRepository): Promise<Taken> {
  const to = `apps/${app}`;
  const converted = convert ? await convertFile(from) : undefined;
  const needed = [...new Set([...from.needed, ...(converted?.configs ?? [])])];
  const outermost = needed.filter((path) => !needed.some((other) => other !== path && !relative(other, path).startsWith('..')));
  return {
    files: new Map([[`${to}/${from.file}`, converted?.text ?? from.bytes]]),
    copies: outermost.map((path) => ({ from: join(from.path, path), to: join(to, path) })),
    notes: converted?.notes ?? [],
  };
}

/** Whether a path is configuration has to be looked up before, for the conversion itself is pure. */
async function convertFile(from: ComposeFolder) {
  const text = new TextDecoder().decode(from.bytes);
  const asked = new Set<string>();
  const ask = (path: string) => asked.add(path).has(path);
  convertBinds({ text, folder: from.path, isConfig: ask });
  const answers = new Map<string, boolean>();
  for (const path of asked) answers.set(path, await isConfiguration(join(from.path, path)));
  return convertBinds({ text, folder: from.path, isConfig: (path) => answers.get(path) ?? false });
}
