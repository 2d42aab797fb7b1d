import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import express, { Router } from 'express';
import { WindlassError } from '../../src/errors.ts';
import type { ErrorDocument, FreezeDocument, LogDocument, Versioned } from '../../src/model/documents.ts';
import type { StatusDocument } from '../../src/model/status-documents.ts';
import { adminToken, agentToken, json, serve } from './serve.ts';

const answers = async (t: ExecutionContext, path: string, status: number, code: string, init?: RequestInit) => {
  const { get } = await serve(t);
  const response = await get(path, init);
  const body = await json<ErrorDocument>(response);
  t.is(response.status, status);
  t.is(body.error.code, code);
  t.is(typeof body.error.message, 'string');
};
const refused = (title: string, path: string, status: number, code: string, init?: RequestInit) =>
  test(title, (t) => answers(t, path, status, code, init));

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

test('every document is answered with its version', async (t) => {
  const { get } = await serve(t);
  const paths = ['status', 'history', 'deployments/d-1', 'deployments/d-1/log', 'hosts', 'hook'];
  const ofEnvironment = ['plan', 'diff', 'render'].map((document) => `environments/staging/${document}`);
  for (const path of [...paths, ...ofEnvironment]) {
    const response = await get(`/api/v1/${path}`);
    t.is(response.status, 200, path);
    t.is((await json<Versioned>(response)).apiVersion, 'windlass/v1', path);
    t.is(response.headers.get('cache-control'), 'no-store', path);
  }
});

refused('an unknown environment is 404', '/api/v1/environments/nowhere/plan', 404, 'unknown-name');
refused('an unknown environment is 404 for logs too', '/api/v1/environments/nowhere/logs/shop/web', 404, 'unknown-name');
refused('an environment whose name no environment can have is 400', '/api/v1/environments/..%2Fx/plan', 400, 'input');
refused('a service whose name no service can have is 400', '/api/v1/environments/staging/logs/shop/-web', 400, 'input');
refused('an unknown deployment is 404', '/api/v1/deployments/d-9', 404, 'unknown-name');
refused("an unknown deployment's log is 404", '/api/v1/deployments/d-9/log', 404, 'unknown-name');
refused('an unknown application is 404', '/api/v1/environments/staging/deploy', 404, 'unknown-name', post({ app: 'blog' }));
refused('an unknown key in a body is 400', '/api/v1/environments/staging/deploy', 400, 'input', post({ apps: 'shop' }));
refused('a body that is no JSON is 400', '/api/v1/environments/staging/deploy', 400, 'input', { ...post({}), body: '{' });
refused('a body that is not said to be JSON is 400, not taken for none', '/api/v1/environments/staging/deploy', 400, 'input', {
  method: 'POST',
  body: new URLSearchParams({ app: 'shop' }),
});
refused('a limit that is no number is 400', '/api/v1/history?limit=many', 400, 'input');
refused('a limit out of bounds is 400', '/api/v1/history?limit=1001', 400, 'input');
refused('an unknown query is 400', '/api/v1/history?application=shop', 400, 'input');
refused('an unknown route is 404', '/api/v1/nothing', 404, 'unknown-route');
refused('a known route with another method is 404', '/api/v1/status', 404, 'unknown-route', { method: 'DELETE' });
refused('a wrong token is 401', '/api/v1/status', 401, 'unauthorized', { headers: { Authorization: 'Bearer wrong' } });
refused('no token is 401', '/api/v1/status', 401, 'unauthorized', { headers: { Authorization: '' } });
refused("an agent's token is 401", '/api/v1/status', 401, 'unauthorized', { headers: { Authorization: `Bearer ${agentToken}` } });
refused('a token is wanted before a route is looked for', '/api/v1/nothing', 401, 'unauthorized', { headers: { Authorization: 'x' } });

const failing = (code: ConstructorParameters<typeof WindlassError>[0], status: number) =>
  test(`an operation that fails with ${code} is ${status}`, async (t) => {
    const { memory, get } = await serve(t);
    memory.failure = new WindlassError(code, 'what failed', { output: 'a.yaml:1:2: wrong\nb.yaml:3:4: wrong too' });
    const response = await get('/api/v1/status');
    const { error } = await json<ErrorDocument>(response);
    t.is(response.status, status);
    t.is(error.message, 'what failed');
    if (code === 'repository') t.deepEqual(error.issues, ['a.yaml:1:2: wrong', 'b.yaml:3:4: wrong too']);
  });
failing('redis', 503);
failing('repository', 422);
failing('settings', 422);
failing('locked', 409);
failing('git', 502);

test('an unexpected error says nothing of its inside', async (t) => {
  const { memory, get } = await serve(t);
  memory.failure = new TypeError('password is hunter2');
  const response = await get('/api/v1/status');
  t.is(response.status, 500);
  t.false((await response.text()).includes('hunter2'));
});

test('queries and bodies reach the operations', async (t) => {
  const { memory, get } = await serve(t);
  await get('/api/v1/history?environment=staging&app=shop&limit=5');
  await get('/api/v1/history');
  await get('/api/v1/history?app=(images)');
  await get('/api/v1/environments/staging/render?app=shop&service=web');
  await get('/api/v1/environments/staging/deploy', post({ app: 'shop', author: 'ada' }));
  await get('/api/v1/environments/staging/deploy', { method: 'POST' });
  t.deepEqual(memory.asked, [
    'history staging shop 5',
    'history * * 20',
    'history * (images) 20',
    'render staging shop web',
    'deploy staging shop ada',
    'deploy staging * -',
  ]);
});

test('a host is forgotten by its name', async (t) => {
  const { get, memory } = await serve(t);
  t.is((await get('/api/v1/hosts/web-1', { method: 'DELETE' })).status, 200);
  t.is((await get('/api/v1/hosts/..%2fweb', { method: 'DELETE' })).status, 400);
  t.true(memory.asked.includes('forget web-1'));
});

test('a freeze is put on and taken off', async (t) => {
  const { memory, get } = await serve(t);
  t.true((await json<FreezeDocument>(await get('/api/v1/environments/staging/freeze', { method: 'PUT' }))).frozen);
  t.true(memory.frozen);
  t.false((await json<FreezeDocument>(await get('/api/v1/environments/staging/freeze', { method: 'DELETE' }))).frozen);
  t.false(memory.frozen);
});

test("a deployment's log goes on from where it was read to", async (t) => {
  const { memory, get } = await serve(t);
  const first = await json<LogDocument>(await get('/api/v1/deployments/d-1/log'));
  t.is(first.lines.length, 1);
  memory.logs.get('d-1')?.push({ at: '2026-08-20T10:00:02.000Z', step: 'web:latest', line: 'second' });
  const second = await json<LogDocument>(await get(`/api/v1/deployments/d-1/log?from=${first.next}`));
  t.deepEqual(
    second.lines.map(({ line }) => line),
    ['second'],
  );
});

test('after too many wrong tokens the address waits, and the right token still gets through', async (t) => {
  const { get } = await serve(t, { wrongTokensPerMinute: 2 });
  const wrong = async () => (await get('/api/v1/status', { headers: { Authorization: 'Bearer wrong' } })).status;
  t.deepEqual([await wrong(), await wrong(), await wrong()], [401, 401, 429]);
  t.is((await get('/api/v1/status')).status, 200);
});

test('hooks get the raw body, without a token', async (t) => {
  const hooks = Router();
  hooks.post('/config', express.raw({ type: () => true }), (request, response) => {
    response.status(202).json({ raw: Buffer.isBuffer(request.body), bytes: request.body.length });
  });
  const { url } = await serve(t, { hooks });
  const response = await fetch(`${url}/hooks/config`, post({ ref: 'main' }));
  t.is(response.status, 202);
  t.deepEqual(await response.json(), { raw: true, bytes: 14 });
});

test('a body that does not come is not waited for', async (t) => {
  const hooks = Router();
  hooks.post('/config', express.raw({ type: () => true }), (_request, response) => void response.sendStatus(202));
  const { url } = await serve(t, { hooks, bodyDeadlineMs: 30 });
  const endless = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) });
  await t.throwsAsync(fetch(`${url}/hooks/config`, { method: 'POST', body: endless, duplex: 'half' } as RequestInit));
});

test('an answer to a request without a body may take longer than a body may', async (t) => {
  const hooks = Router();
  hooks.post('/config', async (_request, response) => {
    await setTimeout(90);
    response.sendStatus(202);
  });
  const { url } = await serve(t, { hooks, bodyDeadlineMs: 30 });
  t.is((await fetch(`${url}/hooks/config`, { method: 'POST' })).status, 202);
});

test('probes and metrics answer without a token', async (t) => {
  const { memory, url } = await serve(t);
  t.is((await fetch(`${url}/healthz`)).status, 200);
  t.is((await fetch(`${url}/readyz`)).status, 200);
  memory.reasons.push('Redis does not answer');
  const notReady = await fetch(`${url}/readyz`);
  t.is(notReady.status, 503);
  t.deepEqual(await notReady.json(), { ok: false, reasons: ['Redis does not answer'] });
  const metrics = await fetch(`${url}/metrics`);
  t.is(metrics.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  t.true((await metrics.text()).includes('windlass_up 1'));
});

test('the status is what the operation answers', async (t) => {
  const { memory, get } = await serve(t);
  t.deepEqual(await json<StatusDocument>(await get('/api/v1/status')), await memory.operations.status());
});

test('no answer holds the token', async (t) => {
  const { get } = await serve(t);
  t.false((await (await get('/api/v1/status')).text()).includes(adminToken));
});
