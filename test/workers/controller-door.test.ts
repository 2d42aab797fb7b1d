import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import type { WindlassError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { createControllerDoor } from '../../src/workers/controller-door.ts';

test('what the controller refuses for good fails in its words, and is not waited for', async (t) => {
  let status = 422;
  const server = createServer((_, response) => {
    response.statusCode = status;
    response.end(JSON.stringify({ error: { code: 'build', message: 'abs is a symlink to /etc/passwd, outside the build context' } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const door = createControllerDoor(url, async () => new Secret('token'));
  await t.throwsAsync(door.buildContext('inputs'), { code: 'build', message: /^abs is a symlink/ });
  status = 503;
  await t.throwsAsync(door.buildContext('inputs'), { code: 'host-lost', message: /answered 503/ });
});

test('bytes that break off say who knows why, and may be asked for again; those that nobody wants any more are let go', async (t) => {
  const closed: string[] = [];
  const server = createServer((request, response) => {
    response.once('close', () => closed.push(request.url ?? ''));
    response.write('the beginning');
    if (request.url?.endsWith('broken')) setImmediate(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  const door = createControllerDoor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => new Secret('token'));
  const broken = await t.throwsAsync(async () => buffer(await door.buildContext('broken')), { code: 'host-lost' });
  t.regex(broken?.message ?? '', /^what the controller sent of contexts\/broken broke off \(.+\): its log says why$/);
  t.false((broken as WindlassError).permanent);
  const endless = await door.buildContext('endless');
  endless.destroy();
  while (!closed.some((url) => url.endsWith('endless'))) await setTimeout(10);
  t.pass();
});
