import { readFile } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import type { ComposeReferences } from '../../repository/compose-references.ts';
import { decodeUtf8 } from '../../repository/yaml-document.ts';
import type { ComposeFolder } from './compose-folder.ts';
import { holdsSecret, isLikelySecret, likelySecrets } from './likely-secrets.ts';

/** What a person should know of the secrets of a project whose files `copied` go into a repository, one sentence each. */
export async function secretNotes(
  { path, file, references }: ComposeFolder,
  copied: readonly string[],
  secretsDirectory: string,
): Promise<readonly string[]> {
  const texts = await Promise.all(copied.map((one) => suspectText(join(path, one), isEnvFile(one, references))));
  const names = copied.flatMap((one, index) => {
    const text = texts[index];
    if (text === undefined) return [];
    const found = isEnvFile(one, references) ? likelySecrets(text) : holdsSecret(text) ? ['what looks like a secret'] : [];
    return found.length === 0 ? [] : [`${one} holds ${found.join(', ')}`];
  });
  const inline = references.environment.filter(({ name, value }) => isLikelySecret(name, value));
  const warned = [...names, ...inline.map(({ service, name }) => `${file} holds ${name} of ${service}`)];
  return [
    ...references.secrets
      .filter((secret) => !copied.includes(posix.normalize(secret.file)))
      .map(({ name, file }) =>
        notCopied(name, file, `install -D -m 600 ${quoted(resolve(path, file))} ${quoted(join(secretsDirectory, name))}`),
      ),
    ...warned.map((found) => `${found}, which is in the repository now: make sure that only the right people read that`),
  ];
}

const notCopied = (name: string, file: string, command: string): string =>
  `the secret ${name} is in ${file}, which was not copied: put it into WINDLASS_SECRETS_DIR as ${name}, here by: ${command}`;

/** As a shell takes it for one word. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

const isEnvFile = (path: string, { envFiles }: ComposeReferences): boolean =>
  envFiles.includes(path) || /^\.env(\.(?!example|sample|template|dist)|$)|\.env$/.test(basename(path));

/** Keys and what programs keep their passwords in; sources are full of examples. */
const keeping =
  /\.(pem|key|p8)$|^id_(rsa|ecdsa|ed25519)$|^\.(netrc|npmrc|pypirc|pgpass|git-credentials)$|\.(ya?ml|json|toml|ini|conf|cfg|properties)$/;

const largest = 2 ** 20;

async function suspectText(path: string, env: boolean): Promise<string | undefined> {
  if (!env && !keeping.test(basename(path))) return undefined;
  const bytes = await readFile(path).catch(() => undefined);
  return bytes && bytes.length <= largest ? decodeUtf8(bytes) : undefined;
}
