import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { addressOf, attempt } from '../../src/configpush/verify.ts';
import type { ContainerInspect } from '../../src/docker/engine.ts';

const container = {
  ip: '127.0.0.1',
  run: async (argv: readonly string[]) => ({ status: Number(argv[1]), output: `ran ${argv.join(' ')}` }),
};

async function serve(t: ExecutionContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function closedPort(t: ExecutionContext): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  t.pass();
  return typeof address === 'object' && address ? address.port : 0;
}

test('the status decides, at the address of the container, over a connection of its own', async (t) => {
  const connections = new Set<unknown>();
  const port = await serve(t, (request, response) => {
    connections.add(request.socket);
    response.statusCode = request.url === '/health' ? 204 : 503;
    response.end('x'.repeat(100_000));
  });
  const http = (path: string) =>
    attempt({ kind: 'http', url: `http://{{container.ip}}:${port}${path}`, status: 204, withinMs: 5000 }, container, 5000);
  t.is(await http('/health'), undefined);
  t.is(await http('/health'), undefined);
  t.is(connections.size, 2);
  t.deepEqual(await http('/other'), { reason: `http://127.0.0.1:${port}/other answered 503 instead of 204` });
});

test('a text that the answer has to contain decides too, and a page without an end is not waited for', async (t) => {
  const port = await serve(t, (request, response) => {
    response.write('version 12\n');
    if (request.url === '/endless') setInterval(() => response.write('x'.repeat(10_000)), 1).unref();
    else response.end();
  });
  const http = (path: string, body: string) =>
    attempt({ kind: 'http', url: `http://127.0.0.1:${port}${path}`, status: 200, body, withinMs: 5000 }, container, 5000);
  t.is(await http('/', 'version 12'), undefined);
  t.is(await http('/endless', 'version 12'), undefined);
  t.deepEqual(await http('/', 'version 13'), {
    reason: `http://127.0.0.1:${port}/ answered without "version 13"`,
    output: 'version 12',
  });
});

test('a redirect is an answer, not followed', async (t) => {
  const port = await serve(t, (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
  t.is(await attempt({ kind: 'http', url: `http://127.0.0.1:${port}/`, status: 302, withinMs: 5000 }, container, 5000), undefined);
});

test('nobody there, and nobody who answers, are complaints', async (t) => {
  const port = await closedPort(t);
  const silent = await serve(t, () => {});
  const http = (to: number, withinMs: number) =>
    attempt({ kind: 'http', url: `http://127.0.0.1:${to}/`, status: 200, withinMs }, container, withinMs);
  t.regex((await http(port, 20_000))?.reason ?? '', /ECONNREFUSED/);
  t.regex((await http(silent, 200))?.reason ?? '', /nothing within 0.2 s/);
  t.regex(
    (await attempt({ kind: 'tcp', port, withinMs: 20_000 }, container, 20_000))?.reason ?? '',
    /does not take connections \(.*ECONNREFUSED/,
  );
});

test('a port that takes connections passes', async (t) => {
  const port = await serve(t, () => {});
  t.is(await attempt({ kind: 'tcp', port, withinMs: 5000 }, container, 5000), undefined);
});

test("a container without an address is not looked for among the agent's own ports", async (t) => {
  const port = await serve(t, (_, response) => response.end());
  const within = { withinMs: 5000 };
  const nowhere = { ...container, ip: undefined };
  const complaint = { reason: 'the container has no address of its own; use verify: { exec: [argv] }' };
  t.deepEqual(await attempt({ kind: 'tcp', port, ...within }, nowhere, 5000), complaint);
  t.deepEqual(await attempt({ kind: 'http', url: `http://{{container.ip}}:${port}/`, status: 200, ...within }, nowhere, 5000), complaint);
  t.deepEqual(await attempt({ kind: 'exec', argv: ['exit', '0', '{{container.ip}}'], ...within }, nowhere, 5000), complaint);
  t.is(await attempt({ kind: 'http', url: `http://127.0.0.1:${port}/`, status: 200, ...within }, nowhere, 5000), undefined);
  t.is(await attempt({ kind: 'exec', argv: ['exit', '0'], ...within }, nowhere, 5000), undefined);
});

test('a program passes with exit status 0, and speaks for itself otherwise', async (t) => {
  t.is(await attempt({ kind: 'exec', argv: ['exit', '0'], withinMs: 1 }, container, 1), undefined);
  const complaint = await attempt({ kind: 'exec', argv: ['exit', '3', '{{container.ip}}'], withinMs: 1 }, container, 1);
  t.deepEqual(complaint, { reason: 'exit ended with exit status 3', output: 'ran exit 3 127.0.0.1' });
});

test("the address is the first network's by name, or the host's own", (t) => {
  const inspect = (mode: string, networks: Record<string, string>) =>
    ({
      HostConfig: { NetworkMode: mode },
      NetworkSettings: { Networks: Object.fromEntries(Object.entries(networks).map(([name, IPAddress]) => [name, { IPAddress }])) },
    }) as unknown as ContainerInspect;
  t.is(addressOf(inspect('b', { b: '10.0.0.2', a: '10.0.0.1' })), '10.0.0.1');
  t.is(addressOf(inspect('b', { b: '10.0.0.2', a: '' })), '10.0.0.2');
  t.is(addressOf(inspect('host', { host: '' })), '127.0.0.1');
  t.is(addressOf(inspect('none', { none: '' })), undefined);
});
