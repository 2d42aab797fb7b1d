import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, WindlassError } from './errors.ts';
import { Secret } from './secret.ts';

/** Standard Webhooks' form of 32 random bytes; GitHub and the like take the text itself as the key. */
export const makeWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

export const makeAdminToken = (): string => randomBytes(32).toString('base64url');

/**
 * The secret that windlass made up earlier and kept in the state directory as `name`, else a new one, on disk (0600) before it is used.
 * `made` tells the two apart.
 */
export async function ensureSecret(
  stateDirectory: string,
  name: 'webhook-secret' | 'admin-token' | 'notify-secret',
  make: () => string,
): Promise<{ readonly secret: Secret; readonly made: boolean }> {
  const path = join(stateDirectory, name);
  try {
    const kept = await readKept(path);
    if (kept !== undefined) return { secret: kept, made: false };
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    const value = make();
    const first = await createDurably(stateDirectory, path, `${value}\n`);
    return first ? { secret: new Secret(value), made: true } : await ensureSecret(stateDirectory, name, make);
  } catch (error) {
    if (error instanceof WindlassError) throw error;
    throw new WindlassError('settings', `cannot keep ${name} in ${stateDirectory}: ${messageOf(error)}; see WINDLASS_STATE_DIR`, {
      cause: error,
    });
  }
}

/** What `ensureSecret` has kept; undefined before the first start. */
export async function readKept(path: string): Promise<Secret | undefined> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (text === '') throw new WindlassError('settings', `${path} is empty: remove it, and windlass makes a new one at its next start`);
  return new Secret(text);
}

/** Whole or not at all; false where another process was first, which a rename would have overwritten. */
async function createDurably(directory: string, path: string, content: string): Promise<boolean> {
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await writeSynced(unfinished, content);
    await link(unfinished, path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
  const folder = await open(directory, 'r');
  await folder.sync().finally(() => folder.close());
  return true;
}

async function writeSynced(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
