import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WindlassError } from '../errors.ts';

/** A Unix socket's path has at most 107 bytes on Linux and 103 on macOS. */
const longestPath = 100;

/** Where the embedded Redis listens: in the state directory, or in a short folder of this user's own where that path is too long. */
export async function socketPathFor(stateDirectory: string): Promise<string> {
  const usual = join(stateDirectory, 'redis.sock');
  if (Buffer.byteLength(usual) <= longestPath) return usual;
  const name = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16);
  const folder = `/tmp/windlass-${name}`;
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  // Anybody may have made it first: a folder of somebody else's could hold a socket of somebody else's.
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new WindlassError(
      'redis',
      `${folder} is not a folder that only this user can enter: remove it, or set WINDLASS_STATE_DIR to a path of less than 90 characters`,
    );
  }
  return join(folder, 'redis.sock');
}
