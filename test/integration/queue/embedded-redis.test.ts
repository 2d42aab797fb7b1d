import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { silentLog } from '../../../src/log.ts';
import { startEmbeddedRedis } from '../../../src/queue/embedded-redis.ts';
import { connect, type Redis } from '../../../src/queue/redis.ts';

const path = process.env.PATH ?? '';

async function stateDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-state-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function open(t: ExecutionContext, url: string): Redis {
  const redis = connect(url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  return redis;
}

const pidOf = async (redis: Redis) => Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('it listens on a private socket only, keeps what was written, and is gone after its end', async (t) => {
  const directory = await stateDirectory(t);
  const first = await startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog });
  const redis = open(t, first.url);
  t.is((await stat(first.url.slice('unix://'.length))).mode & 0o777, 0o700);
  for (const [name, value] of [
    ['port', '0'],
    ['appendonly', 'yes'],
    ['appendfsync', 'always'],
    ['maxmemory-policy', 'noeviction'],
    ['save', ''],
  ])
    t.deepEqual(await redis.config('GET', name ?? ''), [name, value]);
  const pid = await pidOf(redis);
  const group = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[2];
  t.is(group, String(pid));
  await redis.set('kept', 'yes');
  await first.stop();
  t.false(isAlive(pid));
  const second = await startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog });
  t.is(await redis.get('kept'), 'yes');
  await second.stop();
});

test('it is started again when it dies in use, and clients go on', async (t) => {
  const directory = await stateDirectory(t);
  let exits = 0;
  const embedded = await startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog, onExit: () => exits++ });
  const redis = open(t, embedded.url);
  for (const value of ['one', 'two']) {
    await redis.set('kept', value);
    const pid = await pidOf(redis);
    process.kill(pid, 'SIGKILL');
    t.is(await redis.get('kept'), value);
    t.not(await pidOf(redis), pid);
  }
  t.is(exits, 2);
  await embedded.stop();
});

test('a second windlass on the same state directory is refused and leaves the first one alone', async (t) => {
  const directory = await stateDirectory(t);
  const first = await startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog });
  const error = await t.throwsAsync(startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog }));
  t.like(error, { code: 'locked' });
  t.is(await open(t, first.url).ping(), 'PONG');
  await first.stop();
});

test('the server that a killed windlass leaves behind is adopted with all it holds', async (t) => {
  const directory = await stateDirectory(t);
  const script = `
    const { startEmbeddedRedis } = await import(${JSON.stringify(new URL('../../../src/queue/embedded-redis.js', import.meta.url).href)});
    const log = { info() {}, warn() {}, error() {}, debug() {} };
    const { url } = await startEmbeddedRedis({ stateDirectory: ${JSON.stringify(directory)}, path: process.env.PATH, log });
    console.log(url);
    setInterval(() => {}, 1000);`;
  const windlass: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = await once(windlass.stdout ?? windlass, 'data');
  const redis = open(t, String(printed).trim());
  await redis.set('kept', 'yes');
  const pid = await pidOf(redis);
  windlass.kill('SIGKILL');
  await once(windlass, 'exit');
  t.true(isAlive(pid));
  process.kill(pid, 'SIGSTOP');
  const error = await t.throwsAsync(startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog }), {
    message: /does not answer/,
  });
  t.like(error, { code: 'redis', permanent: false });
  process.kill(pid, 'SIGCONT');
  const embedded = await startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog });
  t.is(await pidOf(redis), pid);
  t.is(await redis.get('kept'), 'yes');
  process.kill(pid, 'SIGKILL');
  t.is(await redis.get('kept'), 'yes');
  await embedded.stop();
});

test('a state directory with a long path gets its socket in a private short one', async (t) => {
  const directory = join(await stateDirectory(t), 'x'.repeat(100));
  const embedded = await startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog });
  t.true(embedded.url.length < 100);
  t.is(await open(t, embedded.url).ping(), 'PONG');
  await embedded.stop();
  await rm(join(embedded.url.slice('unix://'.length), '..'), { recursive: true });
});

test('without a server on PATH the message says what to install or set', async (t) => {
  const directory = await stateDirectory(t);
  await mkdir(join(directory, 'bin'));
  const error = await t.throwsAsync(startEmbeddedRedis({ stateDirectory: directory, path: join(directory, 'bin'), log: silentLog }), {
    message: /apt-get install redis-server.*WINDLASS_REDIS_URL/,
  });
  t.like(error, { code: 'redis' });
});

test('a server that cannot start says why in its own words', async (t) => {
  const directory = await stateDirectory(t);
  const first = await startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog });
  await first.stop();
  await rm(join(directory, 'appendonlydir'), { recursive: true });
  await mkdir(join(directory, 'appendonlydir', 'appendonly.aof.manifest'), { recursive: true });
  const error = await t.throwsAsync(startEmbeddedRedis({ stateDirectory: directory, path, log: silentLog }), { name: 'WindlassError' });
  t.regex((error as Error & { output?: string }).output ?? '', /manifest/i);
});
