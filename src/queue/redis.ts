import { Redis } from 'ioredis';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';

export type { Redis } from 'ioredis';

/** `producer`: a command fails within 1.5 seconds when Redis is away. `worker`: a command waits until Redis is back. */
export type Role = 'producer' | 'worker';

const producerOptions = {
  // A command waits for one reconnect, and so outlives the restart of an embedded server, but not an outage.
  maxRetriesPerRequest: 1,
  commandTimeout: 1_500,
  retryStrategy: () => 250,
} as const;

const workerOptions = {
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(times * 100, 2_000),
} as const;

/** Connects in the background to `redis://`, `rediss://` or `unix:///path`; outages are logged once each, never thrown. */
export function connect(url: string, role: Role, log: Log): Redis {
  const options = role === 'producer' ? producerOptions : workerOptions;
  const redis = url.startsWith('unix://') ? new Redis({ ...options, path: socketPath(url) }) : new Redis(url, { ...options });
  let away = false;
  let reason: string | undefined;
  redis.on('error', (error: Error & { code?: string }) => {
    reason = error.message || error.code;
  });
  redis.on('reconnecting', () => {
    if (!away) log.warn({ role, error: reason }, 'Redis is away');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info({ role }, 'Redis is back');
    away = false;
  });
  return redis;
}

/** A second connection like the first, of the role `worker`, for what cannot share one: subscriptions. */
export function duplicate(redis: Redis, log: Log): Redis {
  const copy = redis.duplicate();
  copy.on('error', (error: Error) => log.debug({ error: error.message }, 'Redis is away'));
  return copy;
}

function socketPath(url: string): string {
  return decodeURIComponent(url.slice('unix://'.length));
}

/** Runs a command and turns its failure into WindlassError `redis`, which says what could not be done; never permanent. */
export async function guarded<T>(what: string, command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof WindlassError) throw error;
    throw new WindlassError('redis', `${what}: Redis is away or refuses (${messageOf(error)}); nothing was kept, try again`, {
      permanent: false,
      cause: error,
    });
  }
}

/** Refuses a server that could lose jobs: one that evicts keys, or is older than 6.2. Waits as long as the connection does. */
export async function checkServer(redis: Redis): Promise<{ readonly version: string }> {
  const info = parseInfo(await guarded('the server was not checked', () => redis.info()));
  const version = info.get('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) {
    throw new WindlassError('redis', `Redis ${version} is too old: windlass needs 6.2 or newer (or any Valkey)`);
  }
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    throw new WindlassError(
      'redis',
      `Redis would throw away jobs when its memory is full: its maxmemory-policy is ${policy}; set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf)`,
    );
  }
  return { version };
}

/** The lines of INFO as a map. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}
