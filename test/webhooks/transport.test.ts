import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { githubHeaders, openDoor, push } from '../support/webhook-sender.ts';

const body = push();

function head(lines: readonly string[], sent = body): string {
  const headers = Object.entries(githubHeaders(sent)).map(([name, value]) => `${name}: ${value}`);
  return ['POST /hooks/config HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...headers, ...lines, '', ''].join('\r\n');
}

/** Writes until the other side ends it; what came back. */
async function flood(port: number, first: string, chunk: Buffer): Promise<{ answer: string; written: number }> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  let open = true;
  let written = 0;
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  closed.then(() => {
    open = false;
  });
  socket.write(first);
  while (open && written < 2 ** 30) {
    written += chunk.length;
    if (!socket.write(chunk)) await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
  }
  await closed;
  return { answer, written };
}

test('a body without end is cut off at the bound, long before it is all there', async (t) => {
  const door = await openDoor(t);
  const block = Buffer.alloc(65_536, 'a');
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')]);
  const { answer, written } = await flood(door.port, head(['Transfer-Encoding: chunked']), chunk);
  t.true(answer === '' || answer.startsWith('HTTP/1.1 413 '), answer.slice(0, 80));
  t.true(written < 64 * 2 ** 20, `${written}`);
  t.is((await door.post('/hooks/config', body, githubHeaders(body))).status, 202);
});

test('a body that is announced too large is refused unread', async (t) => {
  const door = await openDoor(t);
  const answer = await door.raw(head([`Content-Length: ${3 * 2 ** 20 + 1}`]));
  t.regex(answer, /^HTTP\/1\.1 413 /);
  t.regex(answer, /\{"error":"the body is too large"\}$/);
  t.regex(answer, /Connection: close/);
});

test('a body of exactly the bound is read', async (t) => {
  const sent = body.replace('{', `{"pad":"${'a'.repeat(3 * 2 ** 20 - body.length - 9)}",`);
  t.is(sent.length, 3 * 2 ** 20);
  const door = await openDoor(t);
  t.is((await door.post('/hooks/config', sent, githubHeaders(sent))).status, 202);
  t.is((await door.post('/hooks/config', `${sent} `, githubHeaders(`${sent} `))).status, 413);
});

test('more bytes in flight than the bound are refused with 503, and taken when others are done', async (t) => {
  const door = await openDoor(t, { limits: { mostBodyBytes: 1000, mostBytesInFlight: 1500 } });
  const holder = connect(door.port, '127.0.0.1');
  const part = 'x'.repeat(990);
  const answered = new Promise<string>((resolve) => holder.once('data', (data) => resolve(data.toString())));
  holder.write(`${head(['Content-Length: 1000'])}${part}`);
  const large = body.replace('{', `{"pad":"${'a'.repeat(600)}",`);
  const post = (id: string) => door.post('/hooks/config', large, githubHeaders(large, { id }));
  await until(async () => (await post('during')).status === 503);
  holder.write('y'.repeat(10));
  t.regex(await answered, /^HTTP\/1\.1 401 /);
  holder.destroy();
  t.is((await post('after')).status, 202);
});

test('what a client only announces does not count', async (t) => {
  const door = await openDoor(t, { limits: { mostBodyBytes: 1000, mostBytesInFlight: 1000 } });
  const holders = await Promise.all(Array.from({ length: 50 }, () => announce(t, door.port)));
  t.is((await door.post('/hooks/config', body, githubHeaders(body))).status, 202);
  for (const holder of holders) holder.destroy();
});

test('a client that hangs up in the middle gives its bytes back and is no error', async (t) => {
  const errors: unknown[] = [];
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields), child: () => log };
  const door = await openDoor(t, { log, limits: { mostBodyBytes: 1000, mostBytesInFlight: 1000 } });
  for (let round = 0; round < 5; round++) {
    const socket = await announce(t, door.port);
    await new Promise((resolve) => socket.write('x'.repeat(900), resolve));
    socket.destroy();
  }
  await until(async () => (await door.post('/hooks/config', body, githubHeaders(body, { id: `${Math.random()}` }))).status === 202);
  t.deepEqual(errors, []);
});

test('a body that is longer than announced ends the connection, and the rest is never a delivery', async (t) => {
  const door = await openDoor(t);
  t.regex(await door.raw(`${head([`Content-Length: ${body.length}`])}${body}garbage\r\n\r\n`), /HTTP\/1\.1 400 /);
  t.true(door.deliveries.length <= 1);
});

test('a body that is shorter than announced is no delivery', async (t) => {
  const door = await openDoor(t);
  const socket = await connected(t, door.port);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.write(`${head([`Content-Length: ${body.length + 1}`])}${body}`, resolve));
  socket.resume().end();
  await closed;
  t.deepEqual(door.deliveries, []);
});

test('a length and chunks at once are refused', async (t) => {
  const door = await openDoor(t);
  const answer = await door.raw(head([`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked']));
  t.regex(answer, /^HTTP\/1\.1 400 /);
  t.deepEqual(door.deliveries, []);
});

test('a megabyte of headers and twenty thousand headers are refused', async (t) => {
  const door = await openDoor(t);
  t.regex(await door.raw(head([`X-Large: ${'a'.repeat(1_000_000)}`])), /^(HTTP\/1\.1 431 |$)/);
  t.regex(await door.raw(head(Array.from({ length: 20_000 }, (_, index) => `X-${index}: a`))), /^(HTTP\/1\.1 431 |$)/);
  t.deepEqual(door.deliveries, []);
});

test('pipelined deliveries are all answered, in their order', async (t) => {
  const door = await openDoor(t);
  const one = `${head([`Content-Length: ${body.length}`])}${body}`;
  const last = `${head([`Content-Length: ${body.length}`, 'Connection: close'])}${body}`;
  const answer = await door.raw(one, one, last);
  t.deepEqual(
    [...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status),
    ['202', '200', '200'],
  );
});

test('idle connections do not keep a delivery out', async (t) => {
  const door = await openDoor(t);
  const idle = await Promise.all(Array.from({ length: 1000 }, () => connected(t, door.port)));
  t.is((await door.post('/hooks/config', body, githubHeaders(body))).status, 202);
  for (const socket of idle) socket.destroy();
});

async function connected(t: ExecutionContext, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

async function announce(t: ExecutionContext, port: number): Promise<Socket> {
  const socket = await connected(t, port);
  await new Promise((resolve) => socket.write(head(['Content-Length: 1000']), resolve));
  return socket;
}

/** Asks until it is so; the test's own time limit ends it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
