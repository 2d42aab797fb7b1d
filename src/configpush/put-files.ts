import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { type ArchivedFile, tarOf } from './archive.ts';
import { archiveRoot } from './placement.ts';

/** Puts files into a container that does not run: one archive, or one for each mount below a read-only root. */
export async function putFiles(
  engine: Pick<Engine, 'putArchive'>,
  container: ContainerInspect,
  files: readonly ArchivedFile[],
): Promise<void> {
  const roots = new Map<string, ArchivedFile[]>();
  for (const file of files) {
    const root = archiveRoot(container, file.path);
    roots.set(root, [...(roots.get(root) ?? []), { ...file, path: file.path.slice(root === '/' ? 0 : root.length) }]);
  }
  for (const [root, some] of roots) await engine.putArchive(container.Id, tarOf(some), root);
}
