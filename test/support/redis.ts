import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A real Redis of the test's own, on a Unix socket, append-only. */
export interface TestRedis {
  readonly url: string;
  readonly socket: string;
  readonly pid: number;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Starts it again on the same data. */
  restart(): Promise<void>;
  /** Both at once. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-redis-'));
  const socket = join(directory, 'redis.sock');
  const start = async () => {
    // What is answered is with the kernel, which outlives `kill -9`; a sync every second holds up what comes meanwhile on a busy disk.
    const durable = ['--appendonly', 'yes', '--appendfsync', 'no', '--save', ''];
    const child = spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', socket, '--dir', directory, ...durable, '--maxmemory-policy', 'noeviction'],
      { stdio: 'ignore' },
    );
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    for (let tries = 0; tries < 100; tries++) {
      const client = new Redis(socket, { lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => {});
      const answer = await client
        .connect()
        .then(() => client.ping())
        .catch(() => undefined);
      client.disconnect();
      if (answer === 'PONG') return { child, exited };
      await sleep(30);
    }
    throw new Error('redis-server did not start');
  };
  let running = await start();
  const kill = async () => {
    running.child.kill('SIGKILL');
    await running.exited;
  };
  const restart = async () => {
    running = await start();
  };
  return {
    url: `unix://${socket}`,
    socket,
    get pid() {
      return running.child.pid ?? 0;
    },
    kill,
    restart,
    crash: async () => {
      await kill();
      await restart();
    },
    stop: async () => {
      running.child.kill('SIGTERM');
      await running.exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
