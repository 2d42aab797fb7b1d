import { request } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'ava';
import type { Operations } from '../../src/api/operations.ts';
import { createStreamHub } from '../../src/api/stream-hub.ts';
import { agentToken, type Served, serve } from './serve.ts';

const agent = ({ url }: Served, path: string, init: RequestInit = {}) =>
  fetch(`${url}/agent/v1/${path}`, { ...init, headers: { Authorization: `Bearer ${agentToken}` } });

const upload = (body: ReadableStream | string): RequestInit => ({ method: 'POST', body, duplex: 'half' }) as RequestInit;

/** Resolves once `condition` holds; the test's own timeout is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('agents fetch contexts, images and contents with their own token', async (t) => {
  const served = await serve(t);
  const hash = `sha256:${'a'.repeat(64)}`;
  served.memory.contents.set(hash, Buffer.from('listen 80;'));
  t.is(await (await agent(served, 'contexts/c-1')).text(), 'tar bytes');
  t.is(await (await agent(served, `contents/${hash}`)).text(), 'listen 80;');
  t.is(await (await agent(served, `images/${encodeURIComponent('acme/base:windlass-0123456789abcdef')}`)).text(), 'image');
  for (const path of ['contexts/c-2', `contents/sha256:${'b'.repeat(64)}`, 'images/other%3A1']) {
    t.is((await agent(served, path)).status, 404, path);
  }
  t.is((await agent(served, 'contents/md5')).status, 400);
  t.is((await agent(served, `images/${encodeURIComponent('-v /:/x')}`)).status, 400);
});

test("the administrator's token opens no agent's route", async (t) => {
  const { get } = await serve(t);
  t.is((await get('/agent/v1/contexts/c-1')).status, 401);
});

test('an upload reaches the reader that waits for it', async (t) => {
  const served = await serve(t);
  const opened = served.memory.hub.open('s-1', 60_000);
  const [response, received] = await Promise.all([agent(served, 'streams/s-1', upload('the bytes')), opened.then(text)]);
  t.is(response.status, 204);
  t.is(received, 'the bytes');
});

test('an id serves once', async (t) => {
  const served = await serve(t);
  const opened = served.memory.hub.open('s-1', 60_000);
  await Promise.all([agent(served, 'streams/s-1', upload('first')), opened.then(text)]);
  t.is((await agent(served, 'streams/s-1', upload('second'))).status, 404);
});

test('an upload that nobody waits for is 404', async (t) => {
  const served = await serve(t);
  t.is((await agent(served, 'streams/s-1', upload('x'))).status, 404);
});

test('a reader that leaves ends the upload', async (t) => {
  const served = await serve(t);
  const opened = served.memory.hub.open('s-1', 60_000);
  const uploading = request(`${served.url}/agent/v1/streams/s-1`, { method: 'POST', headers: { Authorization: `Bearer ${agentToken}` } });
  const answered = new Promise<number | undefined>((resolve) => uploading.once('response', ({ statusCode }) => resolve(statusCode)));
  const cut = new Promise<void>((resolve) => uploading.once('close', resolve));
  uploading.on('error', () => {});
  uploading.write('the first line\n');
  const reader = await opened;
  reader.once('data', () => reader.destroy());
  t.is(await answered, 410);
  await cut;
});

test('an agent that dies ends the reader with an error', async (t) => {
  const served = await serve(t);
  const opened = served.memory.hub.open('s-1', 60_000);
  const dying = new AbortController();
  const endless = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('half')) });
  agent(served, 'streams/s-1', { ...upload(endless), signal: dying.signal }).catch(() => {});
  const reader = await opened;
  reader.once('data', () => dying.abort());
  await t.throwsAsync(text(reader));
});

test('back-pressure: an upload that nobody reads stops', async (t) => {
  const hub = createStreamHub();
  const opened = hub.open('s-1', 60_000);
  let produced = 0;
  const source = new Readable({
    read() {
      produced += 1000;
      this.push(produced > 10_000_000 ? null : Buffer.alloc(1000));
    },
  });
  const delivered = hub.deliver('s-1', source);
  const reader = await opened;
  await new Promise((resolve) => setImmediate(resolve));
  t.true(produced < 1_000_000);
  reader.resume();
  t.true(await delivered);
});

test('an upload that does not come is given up, and its id with it', async (t) => {
  const hub = createStreamHub();
  const error = await t.throwsAsync(hub.open('s-1', 5));
  t.is((error as { code?: string }).code, 'deadline');
  t.false(await hub.deliver('s-1', new PassThrough()));
});

test('a reader that no longer wants an upload gives its id back', async (t) => {
  const hub = createStreamHub();
  const gone = new AbortController();
  const opened = hub.open('s-1', 60_000, gone.signal);
  gone.abort(new Error('gone'));
  await t.throwsAsync(opened, { message: 'gone' });
  t.false(await hub.deliver('s-1', new PassThrough()));
});

test('two readers cannot wait for one id', async (t) => {
  const hub = createStreamHub();
  const first = hub.open('s-1', 60_000);
  await t.throwsAsync(hub.open('s-1', 60_000), { message: /awaited already/ });
  t.true(await hub.deliver('s-1', Readable.from(['x'])).then(async (delivered) => delivered && (await text(await first)) === 'x'));
});

test('container logs are followed until the reader hangs up', async (t) => {
  const { memory, get } = await serve(t);
  t.is(await (await get('/api/v1/environments/staging/logs/shop/web?tail=5')).text(), 'one\ntwo\n');
  const reading = new AbortController();
  const response = await get('/api/v1/environments/staging/logs/shop/web?follow', { signal: reading.signal });
  const { value } = (await response.body?.getReader().read()) ?? {};
  t.is(new TextDecoder().decode(value), 'one\n');
  reading.abort();
  await until(() => memory.asked.includes('logs ended'));
  t.deepEqual(memory.asked, ['logs shop/web follow=false tail=5', 'logs shop/web follow=true tail=100', 'logs ended']);
});

test('a reader who hangs up before the first line is no failure in the log', async (t) => {
  const logged: string[] = [];
  const note = (_fields: object, message: string) => void logged.push(message);
  const log = { debug: note, info: note, warn: note, error: note, child: () => log };
  const { memory, get } = await serve(t, { log });
  let asked = () => {};
  const asking = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const containerLogs: Operations['containerLogs'] = ({ signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      asked();
    });
  Object.assign(memory.operations, { containerLogs });
  const reading = new AbortController();
  const answer = get('/api/v1/environments/staging/logs/shop/web', { signal: reading.signal });
  await asking;
  reading.abort();
  await t.throwsAsync(answer, { any: true });
  await until(() => logged.length > 0);
  t.deepEqual(logged, ['request abandoned']);
});

test('events come as server-sent events with heartbeats, and end with their reader', async (t) => {
  const { memory, get } = await serve(t, { heartbeatMs: 5 });
  const reading = new AbortController();
  const response = await get('/api/v1/events', { signal: reading.signal });
  t.is(response.headers.get('content-type')?.split(';')[0], 'text/event-stream');
  memory.emit({ type: 'status', environment: 'staging', app: 'shop' });
  let received = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    received += chunk;
    if (received.includes('event: status') && received.includes(':\n\n')) break;
  }
  t.true(received.includes('event: status\ndata: {"type":"status","environment":"staging","app":"shop"}\n\n'));
  reading.abort();
  await until(() => memory.listeners() === 0);
});

test('a server that closes hangs up on event streams', async (t) => {
  const { get, close } = await serve(t);
  const response = await get('/api/v1/events');
  const ended = response.text().catch(() => 'cut');
  await close();
  t.true(['', 'cut'].includes(await ended));
});
