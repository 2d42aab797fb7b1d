import { mkdir, realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Attached, attach, attachToChild, findServer, type ServerPlace, spawnServer } from './embedded-server.ts';
import { socketPathFor } from './embedded-socket.ts';

export interface EmbeddedRedis {
  /** `unix://` and the socket's path. */
  readonly url: string;
  /** Has the server write everything out and end. The last thing to do: whoever is connected then loses it. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisDependencies {
  readonly stateDirectory: string;
  /** PATH, where the server is looked for. */
  readonly path: string;
  readonly log: Log;
  /** The server has died while in use; it is being started again. */
  readonly onExit?: () => void;
}

/**
 * Runs a Redis of windlass's own in the state directory, or adopts the one that a dead windlass has left there, and starts
 * it again after growing pauses (0.1 s to 5 s) when it dies. WindlassError `locked` when another windlass uses it.
 * The caller holds the state directory's lock: two servers on one append-only file would ruin it.
 */
export async function startEmbeddedRedis({ stateDirectory, path, log, onExit }: EmbeddedRedisDependencies): Promise<EmbeddedRedis> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const directory = await realpath(stateDirectory);
  const place = { directory, socket: await socketPathFor(directory) };
  const stopping = new AbortController();
  let server = await attachOrStart(place, path, log);
  const supervising = (async () => {
    for (;;) {
      await ended(server);
      if (stopping.signal.aborted) return;
      log.error({ directory }, 'redis-server has died');
      onExit?.();
      const next = await untilStarted(place, path, log, stopping.signal);
      if (!next) return;
      server = next;
      // It answers its clients a moment before this line: one of them may have asked for the end already.
      if (stopping.signal.aborted) return shutDown(server, log);
    }
  })();
  return {
    url: `unix://${place.socket}`,
    stop: async () => {
      stopping.abort();
      await shutDown(server, log);
      await supervising;
    },
  };
}

const ended = ({ connection }: Attached) =>
  new Promise<void>((resolve) => {
    if (connection.status === 'end') resolve();
    else connection.once('end', () => resolve());
  });

async function untilStarted(place: ServerPlace, path: string, log: Log, stopping: AbortSignal): Promise<Attached | undefined> {
  for (let pause = 100; !stopping.aborted; pause = Math.min(pause * 2, 5_000)) {
    try {
      return await attachOrStart(place, path, log);
    } catch (error) {
      log.error(
        { error: messageOf(error), output: error instanceof WindlassError ? error.output : undefined },
        'redis-server not started again',
      );
      await sleep(pause, undefined, { signal: stopping }).catch(() => {});
    }
  }
  return undefined;
}

async function attachOrStart(place: ServerPlace, path: string, log: Log): Promise<Attached> {
  const adopted = await attach(place);
  if (adopted) {
    log.info({ directory: place.directory }, 'adopted the redis-server that was running');
    return adopted;
  }
  const program = await findServer(path);
  const child = spawnServer(program, place);
  const started = await attachToChild(child, place);
  log.info({ program, pid: child.pid, directory: place.directory }, 'redis-server started');
  return started;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const shutdownMs = 10_000;

/** SHUTDOWN writes the append-only file out and syncs it; it has no answer but the end of the connection, and then of the process. */
async function shutDown(server: Attached, log: Log): Promise<void> {
  const { connection, pid } = server;
  if (connection.status === 'end') return;
  const deadline = AbortSignal.timeout(shutdownMs);
  connection.shutdown().catch((error: unknown) => {
    if (connection.status === 'ready') log.error({ error: messageOf(error) }, 'redis-server refuses to stop');
  });
  while (isAlive(pid) && !deadline.aborted) await sleep(10);
  if (isAlive(pid)) log.error({ pid }, 'redis-server still runs');
  connection.disconnect();
}
