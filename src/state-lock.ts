import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WindlassError } from './errors.ts';

/** Keeps a second process off a state directory. The kernel's process start time tells a live holder from a reused number. */
export async function lockState(directory: string, role: 'controller' | 'agent'): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${role}.lock`);
  for (;;) {
    if (await claim(path)) return () => rm(path, { force: true });
    const holder = await liveHolder(path);
    if (holder !== undefined) {
      throw new WindlassError(
        'locked',
        `a windlass ${role} (process ${holder}) already uses the state directory ${directory}: stop it, or set WINDLASS_STATE_DIR to another directory`,
      );
    }
    await rm(path, { force: true });
  }
}

/** A link appears with its content in it: nobody ever reads a lock that is still being written. */
async function claim(path: string): Promise<boolean> {
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, `${process.pid} ${await startTime(process.pid)}\n`, { mode: 0o600 });
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

async function liveHolder(path: string): Promise<number | undefined> {
  const [pid, started] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
  const now = await startTime(Number(pid));
  return now !== undefined && now === started ? Number(pid) : undefined;
}

/** Field 22 of /proc/PID/stat (proc(5)), counted after the command's name, which may hold blanks. */
async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
