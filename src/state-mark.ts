import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatMark, judgeFormat } from './model/state-format.ts';
import { readVersion } from './version.ts';

/**
 * Marks a state directory with its format; WindlassError `state` where it has one that this windlass does not read. Its holder calls this.
 */
export async function markState(directory: string): Promise<void> {
  const path = join(directory, 'format');
  const mark = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (judgeFormat(mark, `the state directory ${directory}`, readVersion()) === 'known') return;
  // Controller and agent may share the directory, and both write the same: whole is all that matters.
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, `${formatMark(readVersion())}\n`, { mode: 0o600, flush: true });
  await rename(unfinished, path);
}
