import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** Removes the clones below a directory that are none of these; nothing that windlass has not named is touched. */
export async function removeFormerClones(directory: string, current: ReadonlySet<string>, log: Log): Promise<void> {
  const found = await readdir(directory).catch(() => []);
  for (const name of found.filter((one) => isClone(one) && !current.has(one))) {
    try {
      await rm(join(directory, name), { recursive: true, force: true });
      log.info({ clone: name }, 'clone of a former source removed');
    } catch (error) {
      log.warn({ clone: name, error: messageOf(error) }, 'clone of a former source not removed');
    }
  }
}

/** A source's name and a part of its address's hash. */
const isClone = (name: string): boolean => /^[a-z0-9][a-z0-9_-]*-[0-9a-f]{8}$/.test(name);
