import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError } from './cli-error.ts';
import { systemdUnit, type UnitFile, type UnitOptions } from './systemd-units.ts';

/** Folders that a unit's own user cannot enter. */
const privateFolders = /^\/(root|home)\//;

/**
 * Writes the unit of a role below a root folder, and its settings where there are none yet; the paths as the machine will know
 * them. CliError where they cannot be written, or where Node or windlass is in somebody's home.
 */
export async function writeUnits(options: UnitOptions, root: string): Promise<readonly string[]> {
  const hidden = [options.node, options.program].find((path) => privateFolders.test(path));
  if (hidden !== undefined)
    throw new CliError(
      `${hidden} is in a home, where the service's own user cannot read it: install Node and windlass for all users first`,
    );
  const { unit, settings } = systemdUnit(options);
  await write(root, unit, 'w');
  const fresh = await write(root, settings, 'wx');
  return [unit.path, ...(fresh ? [settings.path] : [])];
}

async function write(root: string, { path, text, mode }: UnitFile, flag: 'w' | 'wx'): Promise<boolean> {
  const file = join(root, path);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode, flag });
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new CliError(`${file} cannot be written (${message}): run this as root, or with --root`);
  }
}
