import type { Engine } from '../docker/engine.ts';
import { type ArchivedFile, readTarEntry } from './archive.ts';

/** A file in a container, running or not, with links followed; undefined where it is not there, an `install` error over 1 MiB. */
export async function readFileIn(engine: Engine, container: string, target: string): Promise<Omit<ArchivedFile, 'path'> | undefined> {
  const found = await engine.statArchive(container, target);
  const archive = found && (await engine.getArchive(container, found.linkTarget || target));
  const file = archive && (await readTarEntry(archive));
  return file && { bytes: file.bytes, mode: file.mode, uid: file.uid, gid: file.gid };
}
