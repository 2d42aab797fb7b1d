import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { silentLog } from '../../../src/log.ts';
import { connect } from '../../../src/queue/redis.ts';
import { createWakeups } from '../../../src/queue/wakeups.ts';
import { startWorker } from '../../../src/queue/worker.ts';
import { startRedis } from '../../support/redis.ts';

const lockMs = 1_000;

/** A worker process of its own: says `began` when it has the job, holds it for ever, and says `aborted` once it is told to let go. */
function spawnWorker(url: string): ChildProcess {
  const from = (file: string) => JSON.stringify(new URL(`../../../src/queue/${file}`, import.meta.url).href);
  const script = `
    const { startWorker } = await import(${from('worker.js')});
    const { connect } = await import(${from('redis.js')});
    const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
    const redis = connect(${JSON.stringify(url)}, 'worker', log);
    const work = (job, signal) => new Promise((resolve) => {
      console.log('began');
      signal.addEventListener('abort', () => { console.log('aborted'); resolve(); });
    });
    startWorker({ redis, queue: 'reports', process: work, concurrency: 1, log, lockMs: ${lockMs} });`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function says(child: ChildProcess, word: string): Promise<void> {
  for (;;) {
    const [text] = await once(child.stdout ?? child, 'data');
    if (String(text).includes(word)) return;
  }
}

test('a job outlives any number of its workers, and one that was only asleep is told to let go', async (t) => {
  const server = await startRedis();
  const redis = connect(server.url, 'worker', silentLog);
  const wakeups = createWakeups({ redis, log: silentLog });
  await wakeups.wake('reports', 'one', {
    source: 'config',
    commit: 'a'.repeat(40),
    environment: 'staging',
    state: 'pending',
    description: '',
  });
  for (let deaths = 0; deaths < 3; deaths++) {
    const child = spawnWorker(server.url);
    await says(child, 'began');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const asleep = spawnWorker(server.url);
  await says(asleep, 'began');
  asleep.kill('SIGSTOP');
  let done = false;
  const successor = startWorker({
    redis,
    queue: 'reports',
    concurrency: 1,
    log: silentLog,
    lockMs,
    process: async () => {
      done = true;
    },
  });
  while (!done) await sleep(50);
  asleep.kill('SIGCONT');
  await says(asleep, 'aborted');
  asleep.kill('SIGKILL');
  await successor.close(0);
  await wakeups.close();
  redis.disconnect();
  await server.stop();
  t.pass();
});
