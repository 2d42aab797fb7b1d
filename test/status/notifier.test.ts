import type { ServerResponse } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../src/errors.ts';
import type { DeploymentRecord } from '../../src/model/deployment.ts';
import { Secret } from '../../src/secret.ts';
import { notificationOf } from '../../src/status/notification.ts';
import { createNotifier } from '../../src/status/notifier.ts';
import { startReceiver } from '../support/receiver.ts';

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

const step = { kind: 'push-config', name: 'staging-shop-web-1', host: 'one', reason: 'changed' } as const;
const record: DeploymentRecord = {
  id: '20260101-000000-abcdef',
  environment: 'staging',
  app: 'shop',
  commit: 'c'.repeat(40),
  trigger: 'push',
  state: 'rolled-back',
  message: 'nginx refused',
  startedAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:09Z',
  steps: [
    { ...step, state: 'succeeded' },
    { ...step, state: 'undone' },
    { ...step, state: 'undone' },
  ],
};

async function setUp(t: ExecutionContext, answer?: (response: ServerResponse) => void, limits: { timeoutMs?: number } = {}) {
  const receiver = await startReceiver(secret, answer);
  t.teardown(receiver.close);
  const notifier = createNotifier({ url: new Secret(receiver.url), secrets: [new Secret(secret)], now: Date.now, ...limits });
  const notification = notificationOf(record, 'https://windlass.example.com');
  if (!notification) throw new Error('it has ended');
  return { receiver, send: () => notifier.send('deployment_1', notification) };
}

test('what is told of a deployment that has ended', (t) => {
  t.deepEqual(notificationOf(record, 'https://windlass.example.com'), {
    type: 'deployment.rolled-back',
    timestamp: '2026-01-01T00:00:09Z',
    data: {
      deployment: '20260101-000000-abcdef',
      environment: 'staging',
      app: 'shop',
      commit: 'c'.repeat(40),
      trigger: 'push',
      state: 'rolled-back',
      message: 'nginx refused',
      startedAt: '2026-01-01T00:00:00Z',
      finishedAt: '2026-01-01T00:00:09Z',
      steps: { succeeded: 1, undone: 2 },
      url: 'https://windlass.example.com/deployments/20260101-000000-abcdef',
    },
  });
});

test('nothing is told of one that has not', (t) => {
  const { finishedAt: _, ...running } = record;
  t.is(notificationOf({ ...running, state: 'running' }, ''), undefined);
});

test('a message is signed, and whoever knows one of the secrets can prove it', async (t) => {
  const { receiver, send } = await setUp(t);
  await send();
  t.like(receiver.received[0], { id: 'deployment_1', proven: true, headers: { 'content-type': 'application/json' } });
  const notifier = createNotifier({ url: new Secret(receiver.url), secrets: [new Secret('new'), new Secret(secret)], now: Date.now });
  await notifier.send('deployment_1', receiver.received[0]?.notification as never);
  t.true(receiver.received[1]?.proven);
});

const refused = async (
  t: ExecutionContext,
  answer: (response: ServerResponse) => void,
  permanent: boolean,
  message: RegExp,
  limits: { timeoutMs?: number } = {},
) => {
  const { send } = await setUp(t, answer, limits);
  const error = await t.throwsAsync(send, { instanceOf: WindlassError, message });
  t.like(error, { code: 'notify', permanent });
  t.false(error?.message.includes('in-the-url'), error?.message);
};
test(
  '500 passes',
  refused,
  (response) => void response.writeHead(500).end('no room\nand more'),
  false,
  /^127\.0\.0\.1:\d+ did not take deployment_1: HTTP 500, no room$/,
);
test(
  'a wrong secret at the receiver passes, for somebody may correct it',
  refused,
  (response) => void response.writeHead(401).end(),
  false,
  /HTTP 401$/,
);
test('410 is for good', refused, (response) => void response.writeHead(410).end(), true, /HTTP 410/);
test(
  'a redirect is not followed',
  refused,
  (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  false,
  /HTTP 302.*redirects are not followed/,
);
test('a receiver that hangs up passes', refused, (response) => void response.destroy(), false, /did not take deployment_1: /);
test('a receiver that never answers is not waited for', refused, () => {}, false, /no answer in time$/, { timeoutMs: 300 });
test('a refusal without end is not read to its end', refused, endless, false, /HTTP 500, xxx/);

function endless(response: ServerResponse): void {
  response.writeHead(500);
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

test('a success whose answer never ends is a success', async (t) => {
  const { send } = await setUp(t, (response) => void response.writeHead(200).write('and so on'));
  await t.notThrowsAsync(send);
});
