import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { openNotifications } from '../../../src/controller/notifications.ts';
import { silentLog } from '../../../src/log.ts';
import type { DeploymentRecord } from '../../../src/model/deployment.ts';
import { createDeployments } from '../../../src/queue/deployments.ts';
import { createOutbox } from '../../../src/queue/outbox.ts';
import { connect } from '../../../src/queue/redis.ts';
import { createWakeups } from '../../../src/queue/wakeups.ts';
import { Secret } from '../../../src/secret.ts';
import { startReceiver } from '../../support/receiver.ts';
import { startRedis } from '../../support/redis.ts';

const secret = 'the secret of the receiver';
const finishedAt = new Date().toISOString();

async function setUp(t: ExecutionContext, answer?: (response: ServerResponse) => void) {
  const server = await startRedis();
  const receiver = await startReceiver(secret, answer);
  const redis = connect(server.url, 'worker', silentLog);
  const producer = connect(server.url, 'producer', silentLog);
  const wakeups = createWakeups({ redis: producer, log: silentLog });
  const deployments = createDeployments(redis, { publish: async () => {} }, { outbox: true });
  const outbox = createOutbox(redis);
  const open = (notifyUrl: string | undefined = receiver.url, now = Date.now) => {
    const settings = { notifyUrl: notifyUrl === '' ? undefined : new Secret(notifyUrl), publicUrl: 'http://windlass' };
    return openNotifications({ settings, secrets: [new Secret(secret)], redis, deployments, wakeups, now, log: silentLog });
  };
  const closers: (() => Promise<void>)[] = [];
  t.teardown(async () => {
    for (const close of closers) await close();
    await wakeups.close();
    redis.disconnect();
    producer.disconnect();
    receiver.close();
    await server.stop();
  });
  const end = async (id: string, state: DeploymentRecord['state'] = 'succeeded') => {
    await deployments.create({ ...running, id });
    await deployments.update(id, { state, message: '', finishedAt });
  };
  return { server, receiver, deployments, outbox, open, closers, end };
}

const running: DeploymentRecord = {
  id: '',
  environment: 'staging',
  app: 'shop',
  commit: 'c'.repeat(40),
  trigger: 'push',
  state: 'running',
  message: '',
  startedAt: finishedAt,
  steps: [],
};

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_500; tries++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`never: ${holds}`);
}

test('a receiver that fails first gets the same message again, under the same id, until it takes it', async (t) => {
  let refusals = 2;
  const { receiver, outbox, open, closers, end } = await setUp(t, (response) => void response.writeHead(refusals-- > 0 ? 503 : 200).end());
  const notifications = await open();
  closers.push(notifications.close);
  await end('d1', 'failed');
  notifications.ended('d1');
  await until(async () => (await outbox.untold()).length === 0);
  t.deepEqual(
    receiver.received.map(({ id, proven }) => ({ id, proven })),
    Array.from({ length: 3 }, () => ({ id: 'deployment_d1', proven: true })),
  );
  for (const { notification } of receiver.received) t.deepEqual(notification, receiver.received[0]?.notification);
  await sleep(300);
  t.is(receiver.received.length, 3, 'one that was taken is not sent again');
});

test('what ended is told after a restart, also where windlass died before it could say so', async (t) => {
  const { server, receiver, outbox, open, closers, end } = await setUp(t);
  const down = await open('http://127.0.0.1:1/');
  await end('refused');
  down.ended('refused');
  // Nobody has said a word of this one.
  await end('unsaid');
  await sleep(300);
  await down.close();
  await server.crash();
  const notifications = await open();
  closers.push(notifications.close);
  await until(async () => (await outbox.untold()).length === 0);
  t.deepEqual(receiver.received.map(({ id }) => id).sort(), ['deployment_refused', 'deployment_unsaid']);
});

test('each outcome is one message, however often it is woken', async (t) => {
  const slowly = (response: ServerResponse) => void setTimeout(() => response.writeHead(200).end(), 300);
  const { receiver, outbox, open, closers, end } = await setUp(t, slowly);
  const notifications = await open();
  closers.push(notifications.close);
  const ids = Array.from({ length: 20 }, (_, index) => `d${index}`);
  for (const id of ids) await end(id, 'superseded');
  for (const id of ids) notifications.ended(id);
  await until(() => receiver.received.length > 0);
  // Also while it is being told, which leaves a job behind the one that runs.
  for (const id of [...ids, ...ids]) notifications.ended(id);
  await until(async () => (await outbox.untold()).length === 0);
  await sleep(300);
  t.deepEqual(receiver.received.map(({ id }) => id).sort(), ids.map((id) => `deployment_${id}`).sort());
  t.true(receiver.received.every(({ notification }) => notification.type === 'deployment.superseded'));
});

test('a receiver that is away for a day is given up', async (t) => {
  const { outbox, open, closers, end } = await setUp(t);
  const notifications = await open('http://127.0.0.1:1/', () => Date.now() + 25 * 3_600_000);
  closers.push(notifications.close);
  await end('d1');
  notifications.ended('d1');
  await until(async () => (await outbox.untold()).length === 0);
  t.pass();
});

test('where nobody is to be told nothing is kept', async (t) => {
  const { receiver, outbox, open, end } = await setUp(t);
  await end('d1');
  t.deepEqual(await outbox.untold(), ['d1']);
  const notifications = await open('');
  notifications.ended('d1');
  t.deepEqual(await outbox.untold(), []);
  t.deepEqual(receiver.received, []);
});
