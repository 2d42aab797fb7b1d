import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../src/errors.ts';
import type { DeploymentRecord } from '../../src/model/deployment.ts';
import { succeeded } from './memory.ts';
import { adminToken, agentToken, serve } from './serve.ts';

const form = (fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  redirect: 'manual',
  headers: { ...headers },
  body: new URLSearchParams(fields),
});

/** A panel in which somebody has signed in. */
async function signedIn(t: ExecutionContext) {
  const served = await serve(t);
  const answer = await fetch(`${served.url}/sign-in`, form({ token: adminToken, path: '/' }));
  const cookie = answer.headers.get('set-cookie') ?? '';
  const session = cookie.split(';', 1)[0] ?? '';
  const page = (path: string) => fetch(`${served.url}${path}`, { headers: { cookie: session } });
  return { ...served, answer, cookie, session, page };
}

test('whoever has not signed in sees a form and nothing else, whether or not there is such a deployment', async (t) => {
  const { url } = await serve(t);
  for (const path of ['/', '/deployments/d-1', '/deployments/d-9', '/deployments/d-1/log']) {
    const response = await fetch(`${url}${path}`);
    const text = await response.text();
    t.is(response.status, 401, path);
    t.true(text.includes('<form method="post" action="./sign-in">'.replace('./', '../'.repeat(path.split('/').length - 2) || './')), path);
    t.true(text.includes(`name="path" value="${path}"`), path);
    for (const secret of ['shop', 'busybox', adminToken, agentToken]) t.false(text.includes(secret), `${path} ${secret}`);
  }
});

test('the page of a deployment shows its state, its steps with their reasons and errors, and its log', async (t) => {
  const { page, memory } = await signedIn(t);
  const failed: DeploymentRecord = {
    ...succeeded,
    id: 'd-2',
    state: 'failed',
    message: 'web:latest: cannot build',
    steps: [
      {
        kind: 'build-image',
        name: 'web:latest',
        host: 'web-1',
        reason: 'its context changed',
        state: 'failed',
        ms: 3_100,
        error: 'no such package',
      },
    ],
  };
  memory.deployments.push(failed);
  memory.logs.set('d-2', [{ at: '2026-08-20T10:00:01.000Z', step: 'web:latest', line: '\u001b[31m#1 FROM busybox\u001b[0m' }]);
  const response = await page('/deployments/d-2');
  t.is(response.status, 200);
  t.is(response.headers.get('cache-control'), 'no-store');
  const text = await response.text();
  for (const part of [
    'staging/shop',
    'failed',
    'web:latest: cannot build',
    'its context changed',
    'no such package',
    '3.1 s',
    ' #1 FROM busybox\n',
  ])
    t.true(text.includes(part), part);
  t.is(await (await page('/deployments/d-2/log')).text(), '2026-08-20T10:00:01.000Z web:latest  \u001b[31m#1 FROM busybox\u001b[0m\n');
});

test('a deployment that runs is looked at again by itself, one that has ended is not', async (t) => {
  const { page, memory } = await signedIn(t);
  const { finishedAt: _, ...running } = succeeded;
  memory.deployments.push({ ...running, id: 'd-2', state: 'running' });
  memory.logs.set('d-2', []);
  t.true((await (await page('/deployments/d-2')).text()).includes('http-equiv="refresh"'));
  t.false((await (await page('/deployments/d-1')).text()).includes('http-equiv="refresh"'));
});

test('of a long log the end is shown, and how much there is before it', async (t) => {
  const { page, memory } = await signedIn(t);
  const line = (n: number) => ({ at: '2026-08-20T10:00:01.000Z', step: 'web:latest', line: `line ${n} of many` });
  memory.logs.set(
    'd-1',
    Array.from({ length: 2_500 }, (_, n) => line(n)),
  );
  const text = await (await page('/deployments/d-1')).text();
  t.true(text.includes('1500 lines before these'));
  t.false(text.includes('line 1499 of many'));
  t.true(text.includes('line 1500 of many'));
  t.true(text.includes('line 2499 of many'));
  t.is((await (await page('/deployments/d-1/log')).text()).split('\n').length, 2_501);
});

test('the first page lists environments, their applications, and the newest deployments with links', async (t) => {
  const { page } = await signedIn(t);
  const text = await (await page('/')).text();
  for (const part of ['staging', 'shop', '1 running', 'href="deployments/d-1"', 'web-1']) t.true(text.includes(part), part);
});

test('what comes from a push is text, never markup', async (t) => {
  const { page, memory } = await signedIn(t);
  const evil = '<script>alert("1")</script>\'"&';
  memory.app = { ...memory.app, message: evil };
  memory.deployments.push({
    ...succeeded,
    id: 'd-2',
    message: evil,
    sources: { [evil]: evil },
    restores: evil,
    steps: [{ kind: 'push-config', name: evil, host: evil, reason: evil, state: 'failed', error: evil }],
  });
  memory.logs.set('d-2', [{ at: evil, step: evil, line: evil }]);
  for (const path of ['/', '/deployments/d-2']) {
    const text = await (await page(path)).text();
    t.false(/<script|alert\("|'"/.test(text.replace(/<meta[^>]*>/g, '')), path);
    t.true(text.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&quot;&amp;'), path);
  }
});

test('a deployment that is not there is 404, an id that none can have is 400, Redis that is away is 503: pages, too', async (t) => {
  const { page, memory } = await signedIn(t);
  t.is((await page('/deployments/d-9')).status, 404);
  t.is((await page('/deployments/d-1/')).status, 404, 'its links would lead elsewhere');
  t.is((await page('/deployments/%3Cb%3E')).status, 400);
  memory.failure = new WindlassError('redis', 'Redis does not answer');
  const response = await page('/');
  t.is(response.status, 503);
  t.true((await response.text()).includes('Redis does not answer'));
});

test('a session is a cookie that scripts and other sites do not get, and not the token', async (t) => {
  const { answer, cookie, page } = await signedIn(t);
  t.is(answer.status, 303);
  t.is(answer.headers.get('location'), './');
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=43200']) t.true(cookie.includes(part), part);
  t.false(cookie.includes(adminToken));
  t.false(cookie.includes('Secure'), 'it came over plain HTTP');
  t.false((await (await page('/')).text()).includes(adminToken));
});

test('a session that came by TLS never leaves without it', async (t) => {
  const { url } = await serve(t);
  const origin = { origin: 'https://windlass.example.com' };
  const answer = await fetch(`${url}/sign-in`, form({ token: adminToken, path: '/' }, origin));
  t.true(answer.headers.get('set-cookie')?.includes('Secure'));
});

test('a session ends after twelve hours, and with another admin token', async (t) => {
  let now = Date.parse('2026-08-20T10:00:00Z');
  const { url } = await serve(t, { now: () => now });
  const answer = await fetch(`${url}/sign-in`, form({ token: adminToken, path: '/' }));
  const cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const status = async (at = url, value = cookie) => (await fetch(`${at}/`, { headers: { cookie: `theme=dark; ${value}` } })).status;
  t.is(await status(), 200);
  t.is(
    await status(
      url,
      cookie.replace(/=\d+/, (until) => `=${Number(until.slice(1)) + 9_999}`),
    ),
    401,
    'its end is signed',
  );
  now += 12 * 3_600_000;
  t.is(await status(), 401);
  now -= 1_000;
  t.is(await status(), 200);
  const { Secret } = await import('../../src/secret.ts');
  const other = await serve(t, { now: () => now, adminToken: new Secret('another') });
  t.is(await status(other.url), 401);
});

test('a wrong token gets the form again, and is slowed down; the right one is not', async (t) => {
  const { url } = await serve(t, { wrongTokensPerMinute: 2 });
  const attempt = (token: string) => fetch(`${url}/sign-in`, form({ token, path: '/deployments/d-1' }));
  const statuses = [];
  for (const token of ['a', 'b', 'c', 'd']) statuses.push((await attempt(token)).status);
  t.deepEqual(statuses, [401, 401, 429, 429]);
  const text = await (await attempt('<e>')).text();
  t.true(text.includes('value="/deployments/d-1"'));
  t.false(text.includes('&lt;e&gt;'));
  const right = await attempt(adminToken);
  t.is(right.headers.get('location'), './deployments/d-1');
  const api = await fetch(`${url}/api/v1/status`, { headers: { Authorization: 'Bearer wrong' } });
  t.is(api.status, 429, 'both doors count together');
});

test('a sign-in leads to pages of the panel alone', async (t) => {
  const { url } = await serve(t);
  for (const path of ['https://evil.example.com/', '//evil.example.com', '/\\evil.example.com', '/deployments/../../x', 'javascript:1']) {
    const answer = await fetch(`${url}/sign-in`, form({ token: adminToken, path }));
    t.is(answer.headers.get('location'), './', path);
  }
});

test("a form that another site's page sends is refused", async (t) => {
  const { url } = await serve(t);
  const host = new URL(url).host;
  const status = async (headers: Readonly<Record<string, string>>, path = '/sign-in') =>
    (await fetch(`${url}${path}`, form({ token: adminToken, path: '/' }, headers))).status;
  t.is(await status({ origin: 'https://evil.example.com' }), 403);
  t.is(await status({ origin: 'null' }), 403);
  t.is(await status({ origin: 'https://evil.example.com' }, '/sign-out'), 403);
  t.is(await status({ origin: `http://${host}` }), 303);
  t.is(await status({ origin: 'https://windlass.example.com' }), 303, 'a proxy has changed the Host header');
});

test('a browser that comes from elsewhere is asked for its session once more, and then gets the form', async (t) => {
  const { url } = await serve(t);
  const first = await (await fetch(`${url}/deployments/d-1`)).text();
  t.true(first.includes('<meta http-equiv="refresh" content="0; url=?again">'));
  t.false((await (await fetch(`${url}/deployments/d-1?again`)).text()).includes('http-equiv="refresh"'));
});

test('pages load and send nothing elsewhere, run no scripts, and stand in no frame', async (t) => {
  const { page, url } = await signedIn(t);
  const { headers } = await page('/');
  t.is(
    headers.get('content-security-policy'),
    "default-src 'none';style-src 'self';img-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
  );
  t.is(headers.get('referrer-policy'), 'same-origin', 'without its origin a form could not be told from a foreign one');
  t.is(headers.get('strict-transport-security'), null);
  t.is(headers.get('x-powered-by'), null);
  t.is((await fetch(`${url}/panel.css`)).headers.get('content-type'), 'text/css; charset=utf-8');
  t.is((await fetch(`${url}/panel.svg`)).headers.get('content-type'), 'image/svg+xml; charset=utf-8');
});

test('signing out takes the cookie away', async (t) => {
  const { url, session } = await signedIn(t);
  const answer = await fetch(`${url}/sign-out`, { ...form({}), headers: { cookie: session } });
  t.is(answer.status, 303);
  t.true(/^windlass_session=;.*Expires=Thu, 01 Jan 1970/.test(answer.headers.get('set-cookie') ?? ''));
});

test('links are relative, so that a proxy may put a folder before all of it', async (t) => {
  const { page } = await signedIn(t);
  for (const path of ['/', '/deployments/d-1', '/deployments/d-9']) {
    const text = await (await page(path)).text();
    const links = [...text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, link = '']) => link);
    t.true(links.length > 4, path);
    const base = `https://proxy.example.com/windlass${path}`;
    for (const link of links) t.regex(new URL(link, base).href, /^https:\/\/proxy\.example\.com\/windlass\//, `${path} ${link}`);
  }
});
