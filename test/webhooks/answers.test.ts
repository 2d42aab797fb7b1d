import test from 'ava';
import { WindlassError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { signedWith } from '../../src/webhooks/hmac.ts';
import { commit, githubHeaders, hexHmac, openDoor, push, secretText, source, standardHeaders, testNow } from '../support/webhook-sender.ts';

test("GitHub's published example is proven", (t) => {
  const secret = new Secret("It's a Secret to Everybody");
  const signature = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  t.true(signedWith([secret], Buffer.from('Hello, World!'), signature));
  t.false(signedWith([secret], Buffer.from('Hello, World?'), signature));
});

test('a proven push to a watched branch is accepted with 202', async (t) => {
  const door = await openDoor(t);
  t.deepEqual(await door.post('/hooks/config', push(), githubHeaders(push())), {
    status: 202,
    body: { delivery: 'delivery-1', environments: ['staging'] },
  });
  t.deepEqual(door.deliveries, [
    { source: 'config', id: 'delivery-1', branches: ['main'], environments: ['staging'], receivedAt: testNow },
  ]);
});

test('a delivery seen already is answered with 200', async (t) => {
  const door = await openDoor(t);
  await door.post('/hooks/config', push(), githubHeaders(push()));
  t.deepEqual(await door.post('/hooks/config', push(), githubHeaders(push())), {
    status: 200,
    body: { reason: 'delivery delivery-1 was seen already' },
  });
  t.is(door.deliveries.length, 1);
});

test('the same id from another source, and the same body with another id, are deliveries of their own', async (t) => {
  const door = await openDoor(t);
  await door.post('/hooks/config', push(), githubHeaders(push()));
  t.is((await door.post('/hooks/github', push(), githubHeaders(push()))).status, 202);
  t.is((await door.post('/hooks/config', push(), githubHeaders(push(), { id: 'delivery-2' }))).status, 202);
});

test('one delivery sent a thousand times at once is accepted once', async (t) => {
  const door = await openDoor(t);
  const answers = await Promise.all(Array.from({ length: 1000 }, () => door.post('/hooks/config', push(), githubHeaders(push()))));
  t.is(answers.filter(({ status }) => status === 202).length, 1);
  t.is(answers.filter(({ status }) => status === 200).length, 999);
});

test('what nobody watches is answered with 200 and the reason', async (t) => {
  const door = await openDoor(t);
  const post = async (body: string, options = {}) => {
    const answer = await door.post('/hooks/config', body, githubHeaders(body, options));
    t.is(answer.status, 200);
    return answer.body.reason;
  };
  t.is(await post(push({ ref: 'refs/heads/feature' })), 'no environment watches feature');
  t.is(await post(push({ ref: 'refs/tags/main' })), 'the push is not to a branch');
  t.is(await post(push({ after: '0'.repeat(40) })), 'the branch was deleted');
  t.is(await post('{"zen":"…"}', { event: 'ping' }), 'the event is ping, not push');
  t.deepEqual(door.deliveries, []);
});

test('an unknown source and any other method are 404', async (t) => {
  const door = await openDoor(t);
  const missing = { error: 'no such source' };
  t.deepEqual(await door.post('/hooks/nobody', push(), githubHeaders(push())), { status: 404, body: missing });
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const response = await fetch(`http://127.0.0.1:${door.port}/hooks/config`, { method });
    t.is(response.status, 404, method);
    t.deepEqual(await response.json(), missing);
  }
  t.is((await fetch(`http://127.0.0.1:${door.port}/hooks/config`, { method: 'HEAD' })).status, 404);
});

test('a source without a secret refuses everything', async (t) => {
  const door = await openDoor(t);
  t.is((await door.post('/hooks/open', push(), githubHeaders(push(), { secret: '' }))).status, 401);
  t.is((await door.post('/hooks/open', push())).status, 401);
});

test('a blank secret refuses everything too', async (t) => {
  const sources = [source('config', 'github', '', ' '), source('tokens', 'gitlab', ''), source('short', 'standard', 'whsec_A')];
  const door = await openDoor(t, { sources: () => sources });
  for (const secret of ['', ' ']) t.is((await door.post('/hooks/config', push(), githubHeaders(push(), { secret }))).status, 401);
  t.is(
    (await door.post('/hooks/tokens', push(), { 'x-gitlab-token': '', 'x-gitlab-event': 'Push Hook', 'idempotency-key': 'd' })).status,
    401,
  );
  t.is((await door.post('/hooks/short', push(), standardHeaders(push(), { key: Buffer.alloc(0) }))).status, 401);
});

test('two secrets at once allow rotation, a third is none', async (t) => {
  const door = await openDoor(t);
  const status = async (secret: string) =>
    (await door.post('/hooks/rotating', push(), githubHeaders(push(), { secret, id: `by-${secret}` }))).status;
  t.is(await status('new'), 202);
  t.is(await status('old'), 202);
  t.is(await status('older'), 401);
});

test('while Redis cannot take it the answer is 503, and the same delivery is accepted afterwards', async (t) => {
  let away = true;
  const door = await openDoor(t, {
    accept: async () => {
      if (away) throw new WindlassError('redis', 'connect ECONNREFUSED 10.0.0.9:6379');
      return 'accepted';
    },
  });
  t.deepEqual(await door.post('/hooks/config', push(), githubHeaders(push())), {
    status: 503,
    body: { error: 'the delivery cannot be kept now: send it again later' },
  });
  away = false;
  t.is((await door.post('/hooks/config', push(), githubHeaders(push()))).status, 202);
});

test('answers are counted by source; those for unknown ones together', async (t) => {
  const counted: string[] = [];
  const door = await openDoor(t, { metrics: { webhookRequest: (source, answer) => void counted.push(`${source} ${answer}`) } });
  await door.post('/hooks/config', push(), githubHeaders(push()));
  await door.post('/hooks/config', push());
  await door.post('/hooks/x1', push());
  t.deepEqual(counted, ['config 202', 'config 401', 'unknown 404']);
});

test('no secret and no signature is logged', async (t) => {
  const lines: unknown[] = [];
  const note = (fields: object, message: string) => void lines.push({ ...fields, message });
  const log = { debug: note, info: note, warn: note, error: note, child: () => log };
  const door = await openDoor(t, { log });
  await door.post('/hooks/config', push(), githubHeaders(push()));
  await door.post('/hooks/config', push(), githubHeaders(push(), { secret: 'wrong' }));
  await door.post('/hooks/gitlab', push(), { 'x-gitlab-token': 'wrong-token', 'x-gitlab-event': 'Push Hook' });
  t.is(lines.length, 3);
  const text = JSON.stringify(lines);
  for (const secret of [secretText, hexHmac(push()), hexHmac(push(), 'wrong'), 'wrong-token']) t.false(text.includes(secret), secret);
});

test('an unexpected failure is a terse 500', async (t) => {
  const door = await openDoor(t, {
    watched: () => {
      throw new Error('cannot read properties of undefined');
    },
  });
  t.deepEqual(await door.post('/hooks/config', push(), githubHeaders(push())), { status: 500, body: { error: 'internal error' } });
});

test('a path that is no text is a terse 400', async (t) => {
  const door = await openDoor(t);
  t.deepEqual(await door.post('/hooks/%E0%A4%A', push()), { status: 400, body: { error: 'the path cannot be read' } });
});

test('Standard Webhooks: a signed push is accepted, also behind a list of other signatures', async (t) => {
  const door = await openDoor(t);
  const headers = standardHeaders(push());
  t.is((await door.post('/hooks/standard', push(), headers)).status, 202);
  const other = `v1,${Buffer.alloc(32).toString('base64')}`;
  const listed = { ...standardHeaders(push(), { id: 'msg_2' }) };
  listed['webhook-signature'] = `v1a,AAAA ${other} ${listed['webhook-signature']}`;
  t.is((await door.post('/hooks/standard', push(), listed)).status, 202);
  t.is(commit.length, 40);
});

test('Standard Webhooks: of a list of changes only the branches that are watched count, whatever the others are called', async (t) => {
  const door = await openDoor(t);
  const list = (...names: string[]) => JSON.stringify({ changes: names.map((name) => JSON.parse(push({ ref: `refs/heads/${name}` }))) });
  const post = (body: string, id: string) => door.post('/hooks/standard', body, standardHeaders(body, { id }));
  t.is((await post(list('feature', '-x', 'main', 'release'), 'msg_1')).status, 202);
  t.deepEqual(door.deliveries[0]?.branches, ['main', 'release']);
  const { status, body } = await post(list(...Array.from({ length: 2_000 }, (_, i) => `topic/${i}`)), 'msg_2');
  t.deepEqual([status, body.reason], [200, 'no environment watches topic/0, topic/1, topic/2, topic/3, topic/4 and 1995 more']);
  t.is((await post(list('-x'), 'msg_3')).status, 400);
});
