import { connect } from 'node:net';
import test from 'ava';
import express from 'express';
import { listen } from '../../src/api/listen.ts';

test('the URL has the port that was taken', async (t) => {
  const { url, close } = await listen(express(), { host: '127.0.0.1', port: 0 });
  t.teardown(close);
  t.regex(url, /^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
});

test('a taken port is said with its number and setting', async (t) => {
  const { url, close } = await listen(express(), { host: '127.0.0.1', port: 0 });
  t.teardown(close);
  const port = Number(new URL(url).port);
  const error = await t.throwsAsync(listen(express(), { host: '127.0.0.1', port }));
  t.is((error as { code?: string }).code, 'settings');
  t.true(error?.message.includes(`port ${port}`));
  t.true(error?.message.includes('WINDLASS_LISTEN'));
});

test('an address of another machine is said with the setting', async (t) => {
  const error = await t.throwsAsync(listen(express(), { host: '203.0.113.7', port: 8420 }));
  t.is(error?.message, 'this machine has no address 203.0.113.7: set WINDLASS_LISTEN to one it has');
});

test('an IPv6 address is written in brackets', async (t) => {
  const { url, close } = await listen(express(), { host: '::1', port: 0 });
  t.teardown(close);
  t.regex(url, /^http:\/\/\[::1\]:\d+$/);
});

test('the URL of all addresses is one that can be asked', async (t) => {
  const { url, close } = await listen(express(), { host: '0.0.0.0', port: 0 });
  t.teardown(close);
  t.is((await fetch(url)).status, 404);
  t.true(url.startsWith('http://127.0.0.1:'));
});

test('closing lets a request under way end', async (t) => {
  const app = express();
  let arrived = () => {};
  const underWay = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let release = () => {};
  app.get('/', (_request, response) => {
    release = () => void response.send('whole');
    arrived();
  });
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 }, { graceMs: 60_000 });
  const answer = fetch(url).then((response) => response.text());
  await underWay;
  const closing = close();
  release();
  t.is(await answer, 'whole');
  await closing;
});

test('a sender that is slow with its headers is hung up on', async (t) => {
  const { url, close } = await listen(express(), { host: '127.0.0.1', port: 0 }, { headersTimeout: 100 });
  t.teardown(close);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST /hooks/config HTTP/1.1\r\nHost: x\r\n');
  // A header now and then keeps a connection busy, not a request on time.
  const drip = setInterval(() => socket.write('X-More: 1\r\n'), 20);
  t.teardown(() => clearInterval(drip));
  socket.on('error', () => {});
  const answer: Buffer[] = [];
  socket.on('data', (data) => answer.push(data));
  await new Promise((resolve) => socket.once('close', resolve));
  t.regex(Buffer.concat(answer).toString(), /^(HTTP\/1\.1 408 |$)/);
});
