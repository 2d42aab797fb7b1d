import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runAgent } from '../../../src/agent.ts';
import { runController } from '../../../src/controller.ts';
import { silentLog } from '../../../src/log.ts';
import { keys } from '../../../src/queue/keys.ts';
import { connect } from '../../../src/queue/redis.ts';
import { readSettings } from '../../../src/settings.ts';
import { startRedis } from '../../support/redis.ts';

async function stage(t: ExecutionContext) {
  const server = await startRedis();
  const redis = connect(server.url, 'worker', silentLog);
  const directory = await mkdtemp(join(tmpdir(), 'windlass-format-'));
  t.teardown(async () => {
    redis.disconnect();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const settings = readSettings({
    WINDLASS_STATE_DIR: directory,
    WINDLASS_REPOSITORY: join(directory, 'config.git'),
    WINDLASS_REDIS_URL: server.url,
    WINDLASS_LISTEN: '127.0.0.1:0',
    DOCKER_HOST: 'unix:///nonexistent/docker.sock',
  });
  return { redis, directory, settings };
}

test.serial('a first start marks state directory and Redis, and a second one finds them as they were', async (t) => {
  const { redis, directory, settings } = await stage(t);
  for (const _start of [1, 2]) {
    await (await runController(settings, silentLog)).close();
    t.regex(await readFile(join(directory, 'format'), 'utf8'), /^1 \d+\.\d+\.\d+\n$/);
    t.regex((await redis.get(keys.format)) ?? '', /^1 \d+\.\d+\.\d+$/);
  }
});

test.serial('state that a newer version laid out is refused by controller and agent, and left as it was', async (t) => {
  const { redis, directory, settings } = await stage(t);
  const start = [() => runController(settings, silentLog), () => runAgent(settings, silentLog)];
  await writeFile(join(directory, 'format'), '2 0.4.0\n');
  for (const run of start) await t.throwsAsync(run(), { code: 'state', message: /state directory .* run 0\.4\.0 or newer/ });
  t.deepEqual(await redis.keys('windlass:*'), []);
  await rm(join(directory, 'format'));
  await redis.set(keys.format, '2 0.4.0');
  // The agent asks the engine only afterwards: here there is none.
  for (const run of start) await t.throwsAsync(run(), { code: 'state', message: /in Redis .* run 0\.4\.0 or newer/ });
  t.deepEqual(await redis.keys('windlass:*'), [keys.format]);
});
