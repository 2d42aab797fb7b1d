import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { messageOf, WindlassError } from '../errors.ts';
import { parseInfo } from './redis.ts';

/** Where a server of one state directory listens and works. */
export interface ServerPlace {
  readonly directory: string;
  readonly socket: string;
}

/** Long enough to load a large append-only file. */
const loadMs = 120_000;
const startMs = 10_000;
const answerMs = 5_000;
const supervisorName = 'windlass-supervisor';

/** The first of `redis-server` and `valkey-server` on `path`; WindlassError `redis` where there is neither. */
export async function findServer(path: string): Promise<string> {
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of path.split(delimiter).filter((entry) => entry !== '')) {
      const candidate = join(folder, name);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  throw new WindlassError(
    'redis',
    'there is neither redis-server nor valkey-server on PATH: install one (apt-get install redis-server), or set WINDLASS_REDIS_URL to a server that runs already',
  );
}

const isExecutable = (file: string) =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** A server in a process group of its own, so that Ctrl-C does not reach it; appends every write to a file and loses none of them. */
export function spawnServer(program: string, { directory, socket }: ServerPlace): ChildProcess {
  const options = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: directory,
    appendonly: 'yes',
    // With everysec an answer may go out up to two seconds before the write while a sync is slow: a delivery could be lost.
    appendfsync: 'always',
    // The data is a few megabytes: a file that is several times as large has mostly what was long since overwritten.
    'auto-aof-rewrite-min-size': '16mb',
    save: '',
    'maxmemory-policy': 'noeviction',
    logfile: logFile(directory),
    daemonize: 'no',
  };
  const argv = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(program, argv, { detached: true, stdio: 'ignore', cwd: directory });
  child.on('error', () => {});
  child.unref();
  return child;
}

const logFile = (directory: string) => join(directory, 'redis.log');

/** The last lines that the server wrote, for messages. */
async function lastWords({ directory }: ServerPlace): Promise<string> {
  const text = await readFile(logFile(directory), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-5).join('\n');
}

/** A server in use: the supervisor's connection to it, and its process. */
export interface Attached {
  readonly connection: Redis;
  readonly pid: number;
}

/**
 * Attaches to whoever serves the socket, once it has loaded its data; undefined where nobody listens there. A server that
 * listens but does not answer is an error: starting a second one beside it would ruin its file.
 */
export async function attach(place: ServerPlace): Promise<Attached | undefined> {
  const deadline = AbortSignal.timeout(loadMs);
  for (;;) {
    const connection = await connectOnce(place);
    if (!connection) return undefined;
    try {
      await checkIdentity(connection, place);
      return { connection, pid: Number(parseInfo(await connection.info('server')).get('process_id')) };
    } catch (error) {
      connection.disconnect();
      if (error instanceof WindlassError) throw error;
      if (deadline.aborted || !/^LOADING/.test(messageOf(error))) throw silent(place, error);
    }
    await sleep(100);
  }
}

async function connectOnce(place: ServerPlace): Promise<Redis | undefined> {
  const connection = new Redis({
    path: place.socket,
    lazyConnect: true,
    retryStrategy: () => null,
    // It would wait for the data to be loaded, and give up without saying why.
    enableReadyCheck: false,
    commandTimeout: answerMs,
  });
  let failure: NodeJS.ErrnoException | undefined;
  connection.on('error', (error) => {
    failure ??= error;
  });
  // A server that hangs accepts connections all the same: its kernel does.
  const timer = setTimeout(() => connection.disconnect(), answerMs);
  try {
    await connection.connect();
    return connection;
  } catch (error) {
    connection.disconnect();
    if (failure?.code === 'ENOENT' || failure?.code === 'ECONNREFUSED') return undefined;
    throw silent(place, failure ?? error);
  } finally {
    clearTimeout(timer);
  }
}

const silent = ({ socket }: ServerPlace, cause: unknown) =>
  new WindlassError(
    'redis',
    `the redis-server that listens on ${socket} does not answer: ${messageOf(cause)}; stop it, then start windlass again`,
    {
      permanent: false,
      cause,
    },
  );

async function checkIdentity(client: Redis, { directory, socket }: ServerPlace): Promise<void> {
  const [, dir] = (await client.config('GET', 'dir')) as string[];
  if (dir !== directory) {
    throw new WindlassError(
      'redis',
      `${socket} is served by a Redis that works in ${dir}, not in ${directory}: stop it, or set WINDLASS_STATE_DIR`,
    );
  }
  // The kernel closes a dead supervisor's connection: who is in this list is alive.
  for (let tries = 0; ; tries++) {
    const clients = String(await client.client('LIST'));
    if (!clients.includes(`name=${supervisorName}`)) break;
    if (tries === 10) {
      throw new WindlassError('locked', `another windlass runs with the state directory ${directory}: stop it, or set WINDLASS_STATE_DIR`);
    }
    await sleep(100);
  }
  await client.client('SETNAME', supervisorName);
}

/** Attaches to a server that is starting; WindlassError `redis` with its last words when it ends or does not listen within 10 s. */
export async function attachToChild(child: ChildProcess, place: ServerPlace): Promise<Attached> {
  const deadline = AbortSignal.timeout(startMs);
  while (!deadline.aborted) {
    // While it starts or ends it may listen without answering: what counts then is whether it lives.
    const attached = await attach(place).catch((error: unknown) => {
      if (error instanceof WindlassError && error.permanent) throw error;
    });
    if (attached) return attached;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) break;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new WindlassError('redis', `redis-server did not start in ${place.directory}`, {
    permanent: false,
    output: await lastWords(place),
  });
}
