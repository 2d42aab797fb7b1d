import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
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
