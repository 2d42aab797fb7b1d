import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readSecrets } from '../../controller/secrets-folder.ts';
import type { Secrets } from '../../model/application.ts';
import { Secret } from '../../secret.ts';
import type { ComposeFolder } from './compose-folder.ts';

/** The secrets that the first deployment finds: those of the secrets directory, and the project's own once a person has put them there. */
export async function projectSecrets({ path, references }: ComposeFolder, secretsDirectory: string): Promise<Secrets> {
  const own = await Promise.all(
    references.secrets.map(async ({ name, file }) => [name, await readFile(resolve(path, file), 'utf8').catch(() => undefined)] as const),
  );
  const there = own.flatMap(([name, text]) => (text === undefined ? [] : [[name, new Secret(text.replace(/\r?\n$/, ''))] as const]));
  return { ...Object.fromEntries(there), ...(await readSecrets(secretsDirectory)) };
}
