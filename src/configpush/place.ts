import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import type { Ledger } from '../model/ledger.ts';
import type { FileToInstall } from '../model/step.ts';
import { factsOf } from './audit.ts';
import { completed, placed } from './ledger-entries.ts';
import { cannotInstall, requirePlacement } from './placement.ts';
import { putFiles } from './put-files.ts';

export interface PlaceDependencies {
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** The bytes of a hash. */
  contents(hash: string): Promise<Uint8Array>;
}

/** Puts files into a container that does not run, all in one archive; an `install` error where one would not be there after the start. */
export async function place(
  dependencies: PlaceDependencies,
  id: string,
  files: readonly FileToInstall[],
  { restarted = false }: { readonly restarted?: boolean } = {},
): Promise<void> {
  const { engine, ledger } = dependencies;
  if (files.length === 0) return;
  const container = await engine.inspectContainer(id);
  if (!container) throw new WindlassError('install', `there is no container ${id}`);
  const name = container.Name.replace(/^\//, '');
  if (container.State.Running && !container.State.Restarting) {
    throw new WindlassError('install', `${name} runs: its files are pushed, not placed`);
  }
  for (const { target } of files) {
    if (requirePlacement(container, target, name) === 'tmpfs') {
      throw cannotInstall(target, name, 'is on a tmpfs, which is empty at every start', 'mount a volume there instead');
    }
  }
  await archiveFiles(dependencies, container, files, name);
  const facts = await factsOf(engine, container.Id, files);
  const known = ledger.configs(container.Id);
  await ledger.record(
    container.Id,
    restarted ? placed(known, [...files], facts) : completed(known, { files: [...files], remove: [] }, facts),
  );
}

/** The bit of a folder in the mode that the engine tells: https://pkg.go.dev/io/fs#FileMode */
const goFolder = 2 ** 31;

/** The archive itself. A target that is a link: the file behind it, as in a container that runs; the engine would replace the link. */
export async function archiveFiles(
  { engine, contents }: Pick<PlaceDependencies, 'engine' | 'contents'>,
  container: ContainerInspect,
  files: readonly FileToInstall[],
  name: string,
): Promise<void> {
  const archived = await Promise.all(
    files.map(async (file) => {
      const [found, bytes] = await Promise.all([engine.statArchive(container.Id, file.target), contents(file.hash)]);
      if (found && found.mode >= goFolder) throw cannotInstall(file.target, name, 'is a folder', 'name a file as the target');
      return { ...file, path: found?.linkTarget || file.target, bytes };
    }),
  );
  await putFiles(engine, container, archived);
}
