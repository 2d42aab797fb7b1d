import { join } from 'node:path';
import type { Secret } from '../secret.ts';
import type { Settings } from '../settings.ts';
import { readKept } from '../settings-store.ts';
import { CliError } from './cli-error.ts';

/** The administrator's token: the setting, else what the controller keeps in the state directory of this machine. */
export async function findToken({ adminToken, stateDirectory }: Settings): Promise<Secret> {
  const token = adminToken ?? (await readKept(join(stateDirectory, 'admin-token')).catch((error) => unreadable(error, stateDirectory)));
  if (token) return token;
  throw new CliError(
    `no token in ${stateDirectory}, where windlass puts it at its first start: start it, run this where the controller runs and as its user (WINDLASS_STATE_DIR), or set WINDLASS_ADMIN_TOKEN`,
  );
}

function unreadable(error: NodeJS.ErrnoException, stateDirectory: string): never {
  if (error.code !== 'EACCES') throw error;
  throw new CliError(
    `the token in ${stateDirectory} is not for you to read: run this as the controller's user or set WINDLASS_ADMIN_TOKEN`,
  );
}
