import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { applicationName } from '../../model/names.ts';
import { composeFiles } from '../../repository/application-names.ts';
import { type ComposeReferences, composeReferences } from '../../repository/compose-references.ts';
import { decodeUtf8 } from '../../repository/yaml-document.ts';
import { CliError } from '../cli-error.ts';

/** A folder in which `docker compose up` is run. */
export interface ComposeFolder {
  /** Absolute, as Compose puts it on its containers. */
  readonly path: string;
  /** The name of its file: compose.yaml or one of the others. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** What Compose calls the project unless told otherwise. */
  readonly project: string;
  readonly references: ComposeReferences;
  /** Files and folders beside the file that it needs, those that are there; not what images are built from. */
  readonly needed: readonly string[];
  /** What a person should know of it, one sentence each. */
  readonly warnings: readonly string[];
}

export async function readComposeFolder(folder: string): Promise<ComposeFolder> {
  const path = await realpath(folder).catch(() => undefined);
  if (path === undefined) throw new CliError(`there is no folder ${folder}`);
  const names = await readdir(path);
  const file = composeFiles.find((name) => names.includes(name));
  if (file === undefined) throw new CliError(`${folder} has no ${composeFiles.join(', ')}: --from is the folder of a Compose project`);
  const bytes = await readFile(join(path, file));
  const references = composeReferences(bytes);
  const { project, paths, outside } = references;
  const env = names.includes('.env') ? (decodeUtf8(await readFile(join(path, '.env'))) ?? '') : '';
  const there = await Promise.all(
    paths.map((one) =>
      stat(join(path, one)).then(
        () => one,
        () => undefined,
      ),
    ),
  );
  const overrides = names.filter((name) => /^(docker-)?compose\.override\.ya?ml$/.test(name));
  return {
    path,
    file,
    bytes,
    references,
    project: /^COMPOSE_PROJECT_NAME=["']?([a-z0-9_-]+)/m.exec(env)?.[1] ?? project ?? projectOf(path),
    needed: [...there.filter((one) => one !== undefined), ...(names.includes('.env') ? ['.env'] : [])],
    warnings: [
      ...overrides.map((name) => `${name} is merged by Compose but not by windlass: put what it says into ${file}`),
      ...outside.map((one) => `${one} is above the project's folder and was not copied`),
    ],
  };
}

/** https://docs.docker.com/compose/how-tos/project-name/ */
const projectOf = (path: string): string =>
  basename(path)
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, '')
    .replace(/^[-_]+/, '');

/** A name for the application; `app` where the project's would not do. */
export const applicationOf = ({ project }: ComposeFolder): string => (applicationName.safeParse(project).success ? project : 'app');
