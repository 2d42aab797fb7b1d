import { readFileSync } from 'node:fs';
import { homedir, hostname, networkInterfaces } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { hostName } from './model/names.ts';
import { type Provider, providers } from './model/root.ts';
import type { Secret } from './secret.ts';
import { createReader, type Reader, type Variables } from './settings-reader.ts';
import {
  absolutePath,
  adminToken,
  duration,
  httpUrl,
  labels,
  listenAddress,
  notifyUrl,
  oneOf,
  plainAddress,
  privateKey,
  redisUrl,
  repository,
  urlHost,
} from './settings-values.ts';

/** What the environment says, checked. Times are milliseconds, paths absolute. */
export interface Settings {
  /** An http(s) or SSH URL, or a path of this machine; undefined where none is set. */
  readonly repository: string | undefined;
  readonly repositoryProvider: Provider;
  readonly repositoryToken: Secret | undefined;
  /** A private key, as ssh-keygen writes it. */
  readonly repositorySshKey: Secret | undefined;
  /** A known_hosts file, and only the hosts in it are believed; undefined: the user's, and whom windlass met first. */
  readonly sshKnownHosts: string | undefined;
  /** Base of the Git host's API, without a slash at its end; undefined: where this provider has it. */
  readonly repositoryApiUrl: string | undefined;
  /** Empty: one is made on first start. */
  readonly webhookSecrets: readonly Secret[];
  /** Undefined: one is made on first start. */
  readonly adminToken: Secret | undefined;
  /** Who is told how deployments end; undefined: nobody. May hold a password. */
  readonly notifyUrl: Secret | undefined;
  /** Empty: one is made on first start. */
  readonly notifySecrets: readonly Secret[];
  readonly listen: { readonly host: string; readonly port: number };
  readonly url: string;
  readonly publicUrl: string;
  readonly stateDirectory: string;
  readonly secretsDirectory: string;
  /** May hold a password; undefined: windlass runs a Redis of its own. */
  readonly redisUrl: Secret | undefined;
  readonly host: string;
  readonly hostAddress: string;
  readonly hostLabels: Readonly<Record<string, string>>;
  readonly pollMs: number;
  /** Between two looks at the config files of all containers. */
  readonly auditMs: number;
  readonly logLevel: (typeof logLevels)[number];
  /** An injection point of fault.ts; tests only. */
  readonly fault: string | undefined;
  /** The variables by which the Docker CLI finds its engine, as they are. */
  readonly dockerEnvironment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Node reads NODE_EXTRA_CA_CERTS itself; git is given the same. */
  readonly extraCaCerts: string | undefined;
  /** Where programs are looked for. */
  readonly path: string;
  /** NO_COLOR is set to something. */
  readonly noColor: boolean;
  /** What WINDLASS_SOURCE_<NAME>_SECRET, _TOKEN and _SSH_KEY say for a source. */
  source(name: string): SourceSettings;
  /** For the log: set, but nothing reads them. */
  readonly warnings: readonly string[];
}

export interface SourceSettings {
  readonly secrets: readonly Secret[];
  readonly token: Secret | undefined;
  readonly sshKey: Secret | undefined;
}

/** What the machine answers where the environment is silent. */
export interface Machine {
  readonly hostname: string;
  readonly home: string;
  /** Where other hosts reach it. */
  readonly address: string;
  readFile(path: string): string;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const dockerVariables = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'SSH_AUTH_SOCK',
  'XDG_RUNTIME_DIR',
] as const;

/** This machine: the first address that is not its own loopback. */
export function thisMachine(): Machine {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const address = addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
  return { hostname: hostname(), home: homedir(), address, readFile: (path) => readFileSync(path, 'utf8') };
}

/** Reads every setting; all that is wrong is reported at once, in one WindlassError `settings`. */
export function readSettings(env: Variables, machine: Machine = thisMachine()): Settings {
  const reader = createReader(env, machine);
  const listen = reader.read('WINDLASS_LISTEN', '127.0.0.1:8420', listenAddress);
  const url = reader.read('WINDLASS_URL', `http://${urlHost(listen)}`, httpUrl);
  const stateDirectory = resolve(reader.text('WINDLASS_STATE_DIR') ?? join(stateHome(env, machine), 'windlass'));
  const settings: Settings = {
    repository: reader.optional('WINDLASS_REPOSITORY', repository),
    repositoryProvider: reader.read('WINDLASS_REPOSITORY_PROVIDER', 'standard', oneOf(providers)),
    repositoryToken: reader.secret('WINDLASS_REPOSITORY_TOKEN'),
    repositorySshKey: reader.secret('WINDLASS_REPOSITORY_SSH_KEY', privateKey),
    sshKnownHosts: reader.optional('WINDLASS_SSH_KNOWN_HOSTS', absolutePath),
    repositoryApiUrl: reader.optional('WINDLASS_REPOSITORY_API_URL', httpUrl),
    webhookSecrets: reader.secrets('WINDLASS_WEBHOOK_SECRET'),
    adminToken: reader.secret('WINDLASS_ADMIN_TOKEN', adminToken),
    notifyUrl: reader.secret('WINDLASS_NOTIFY_URL', notifyUrl),
    notifySecrets: reader.secrets('WINDLASS_NOTIFY_SECRET'),
    listen,
    url,
    publicUrl: reader.read('WINDLASS_PUBLIC_URL', url, httpUrl),
    stateDirectory,
    secretsDirectory: resolve(reader.text('WINDLASS_SECRETS_DIR') ?? join(stateDirectory, 'secrets')),
    redisUrl: reader.secret('WINDLASS_REDIS_URL', redisUrl),
    host: reader.read('WINDLASS_HOST', machine.hostname, hostName),
    hostAddress: reader.read('WINDLASS_HOST_ADDRESS', machine.address, plainAddress),
    hostLabels: reader.read('WINDLASS_HOST_LABELS', '', labels),
    pollMs: reader.read(
      'WINDLASS_POLL',
      '60s',
      duration.refine((ms) => ms >= 1000, 'too often; write 1s or more'),
    ),
    auditMs: reader.read(
      'WINDLASS_DRIFT_INTERVAL',
      '60s',
      duration.refine((ms) => ms >= 1000, 'too often; write 1s or more'),
    ),
    logLevel: reader.read('WINDLASS_LOG_LEVEL', 'info', oneOf(logLevels)),
    fault: reader.text('WINDLASS_FAULT'),
    dockerEnvironment: Object.fromEntries(dockerVariables.map((name) => [name, env[name]])),
    home: machine.home,
    extraCaCerts: env.NODE_EXTRA_CA_CERTS || undefined,
    path: env.PATH ?? '',
    noColor: Boolean(env.NO_COLOR),
    source: sourceReader(reader),
    warnings: reader.unknown(),
  };
  reader.finish();
  return settings;
}

/** Every source's secrets are read now, so that a wrong one is told at the start and not at the first webhook. */
function sourceReader(reader: Reader): Settings['source'] {
  const found = new Map<string, SourceSettings>();
  for (const key of reader.sources()) {
    found.set(key, {
      secrets: reader.secrets(`WINDLASS_SOURCE_${key}_SECRET`),
      token: reader.secret(`WINDLASS_SOURCE_${key}_TOKEN`),
      sshKey: reader.secret(`WINDLASS_SOURCE_${key}_SSH_KEY`, privateKey),
    });
  }
  return (name) => found.get(name.toUpperCase().replaceAll('-', '_')) ?? { secrets: [], token: undefined, sshKey: undefined };
}

/** A relative XDG_STATE_HOME is to be ignored (XDG Base Directory Specification). */
function stateHome(env: Variables, machine: Machine): string {
  const set = env.XDG_STATE_HOME;
  return set && isAbsolute(set) ? set : join(machine.home, '.local', 'state');
}
