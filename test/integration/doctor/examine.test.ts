import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createEngine } from '../../../src/docker/create-engine.ts';
import { examineMachine } from '../../../src/doctor/examine-machine.ts';
import { judgeRedis } from '../../../src/doctor/judge-redis.ts';
import { readRedis } from '../../../src/doctor/read-redis.ts';
import { silentLog } from '../../../src/log.ts';
import { examination } from '../../../src/model/examination.ts';
import { connect } from '../../../src/queue/redis.ts';
import { startEngine } from '../../support/engine.ts';
import { startRedis } from '../../support/redis.ts';

test('an engine is looked at and tried, and nothing of the trial is left', async (t) => {
  const own = await startEngine();
  t.teardown(own.stop);
  const stateDirectory = await mkdtemp(join(tmpdir(), 'windlass-doctor-'));
  t.teardown(() => rm(stateDirectory, { recursive: true }));
  const engine = createEngine({ url: own.dockerHost });
  const images = (await engine.listImages()).length;
  const examined = { engine, endpoint: own.dockerHost, stateDirectory: join(stateDirectory, 'not', 'there', 'yet'), now: () => 7 };
  const seen = examination.parse(await examineMachine(examined, new AbortController().signal));
  t.like(seen, { now: 7, engine: { state: 'there', os: 'linux' } });
  t.is(seen.engine.state === 'there' ? seen.engine.buildError : '', undefined);
  t.is((await engine.listImages()).length, images);
  for (const { what, free = 0, total = 0, writeError } of seen.disks) {
    t.true(free > 0 && free <= total, what);
    t.is(writeError, undefined);
  }
  t.deepEqual(
    seen.disks.map(({ what }) => what),
    ['the state directory', "the engine's storage"],
  );
});

test('a Redis is asked and written to; one that takes no writes says so', async (t) => {
  const server = await startRedis();
  t.teardown(server.stop);
  const redis = connect(server.url, 'producer', silentLog);
  t.teardown(() => redis.disconnect());
  await redis.config('SET', 'appendfsync', 'always');
  const findings = judgeRedis(await readRedis(redis));
  t.deepEqual(
    findings.filter(({ state }) => state !== 'ok'),
    [],
  );
  t.deepEqual(await redis.keys('windlass:doctor:*'), []);
  await redis.config('SET', 'maxmemory', '1mb');
  const full = judgeRedis(await readRedis(redis)).filter(({ state }) => state === 'wrong');
  t.true(
    full.some(({ message }) => /takes no writes: OOM/.test(message)),
    JSON.stringify(full),
  );
});

test('a Redis that is not there is told in the words of the connection', async (t) => {
  const redis = connect('redis://127.0.0.1:1', 'producer', silentLog);
  t.teardown(() => redis.disconnect());
  const [finding] = judgeRedis(await readRedis(redis));
  t.regex(finding?.message ?? '', /^Redis does not answer: connect ECONNREFUSED 127\.0\.0\.1:1$/);
});
