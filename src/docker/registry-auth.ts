import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { EngineError } from './errors.ts';

/** What the engine passes to a registry. */
export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

const dockerConfig = z.object({ auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional() });
const dockerHub = 'https://index.docker.io/v1/';

/** User name and password of a reference's registry from the `auths` of Docker's config.json; credential helpers are not asked. */
export async function registryAuth(configFile: string | undefined, reference: string): Promise<RegistryAuth | undefined> {
  if (configFile === undefined) return undefined;
  const text = await readFile(configFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new EngineError(`read ${configFile}: ${error.message}`, { cause: error });
  });
  return text === undefined ? undefined : authOf(text, configFile, reference);
}

function authOf(text: string, configFile: string, reference: string): RegistryAuth | undefined {
  const { auths = {} } = parseConfig(text, configFile);
  const registry = registryOf(reference);
  const [serveraddress, entry] = Object.entries(auths).find(([address]) => address === registry || hostOf(address) === registry) ?? [];
  if (serveraddress === undefined || !entry?.auth) return undefined;
  const decoded = Buffer.from(entry.auth, 'base64').toString();
  const colon = decoded.indexOf(':');
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), serveraddress };
}

function parseConfig(text: string, configFile: string): z.infer<typeof dockerConfig> {
  try {
    return dockerConfig.parse(JSON.parse(text));
  } catch {
    // The parser's words may quote the file, and the file holds passwords.
    throw new EngineError(`${configFile} is not a config.json as Docker writes it; correct it or log in again with "docker login"`);
  }
}

/** The part before the first slash is a registry when it could not be a name on Docker Hub. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : dockerHub;
}

const hostOf = (address: string): string => address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
