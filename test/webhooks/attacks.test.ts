import { createHash, createHmac } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { githubHeaders, hexHmac, openDoor, push, secretText, standardHeaders, standardKey, testNow } from '../support/webhook-sender.ts';

const body = push();
const good = `sha256=${hexHmac(body)}`;

const unproven = async (t: ExecutionContext, headers: Record<string, string>, path = '/hooks/config') => {
  const door = await openDoor(t);
  const answer = await door.post(path, body, { 'x-github-delivery': 'd', 'x-github-event': 'push', ...headers });
  t.deepEqual(answer, { status: 401, body: { error: 'no proof that a secret of this source gives' } });
  t.deepEqual(door.deliveries, []);
};
test('no signature', unproven, {});
test('an empty signature', unproven, { 'x-hub-signature-256': '' });
test('a signature without digits', unproven, { 'x-hub-signature-256': 'sha256=' });
test('a signature in upper case', unproven, { 'x-hub-signature-256': `sha256=${hexHmac(body).toUpperCase()}` });
test('a signature without its prefix', unproven, { 'x-hub-signature-256': hexHmac(body) });
test('a SHA-1 signature alone', unproven, { 'x-hub-signature': `sha1=${createHmac('sha1', secretText).update(body).digest('hex')}` });
test('a SHA-1 digest in the SHA-256 header', unproven, {
  'x-hub-signature-256': `sha1=${createHmac('sha1', secretText).update(body).digest('hex')}`,
});
test('a SHA-256 digest behind a sha1 prefix', unproven, { 'x-hub-signature-256': `sha1=${hexHmac(body)}` });
test('a signature that is not ASCII', unproven, { 'x-hub-signature-256': `${good.slice(0, -1)}\u00e9` });
test('a signature cut off', unproven, { 'x-hub-signature-256': good.slice(0, -2) });
test('a signature and more', unproven, { 'x-hub-signature-256': `${good}00` });
test('a good signature before a bad one', unproven, { 'x-hub-signature-256': `${good}, sha256=${'0'.repeat(64)}` });
test('a good signature after a bad one', unproven, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}, ${good}` });
test('a hash without a key', unproven, { 'x-hub-signature-256': `sha256=${createHash('sha256').update(body).digest('hex')}` });
test('a signature with an empty key', unproven, { 'x-hub-signature-256': `sha256=${hexHmac(body, '')}` });
test('the signature of another source', unproven, { 'x-hub-signature-256': good }, '/hooks/other');
test("another provider's header", unproven, { 'x-gitea-signature': hexHmac(body), 'x-gitlab-token': secretText });
test("GitHub's proof at a Gitea source", unproven, { 'x-hub-signature-256': good }, '/hooks/gitea');
test("GitHub's proof at a Bitbucket source", unproven, { 'x-hub-signature-256': good }, '/hooks/bitbucket');
test('the secret as text where GitLab signs', unproven, { 'webhook-signature': 'v1,x', 'x-gitlab-token': secretText }, '/hooks/gitlab');
test(
  "a bad Forgejo signature beside Gitea's good one",
  unproven,
  { 'x-gitea-signature': hexHmac(body), 'x-forgejo-signature': '0'.repeat(64) },
  '/hooks/gitea',
);

test('a header twice is refused, in both orders', async (t) => {
  const door = await openDoor(t);
  const bad = `sha256=${'0'.repeat(64)}`;
  for (const [first, second] of [
    [good, bad],
    [bad, good],
    [good, good],
  ]) {
    const head = [
      'POST /hooks/config HTTP/1.1',
      'Host: x',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'X-GitHub-Event: push',
    ];
    const answer = await door.raw(
      [
        ...head,
        'X-GitHub-Delivery: d',
        `X-Hub-Signature-256: ${first}`,
        `X-Hub-Signature-256: ${second}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
    t.regex(answer, /^HTTP\/1\.1 401 /);
  }
});

test('ten thousand signatures in one header are refused unread', async (t) => {
  const door = await openDoor(t);
  const answer = await door.raw(
    ['POST /hooks/standard HTTP/1.1', 'Host: x', `webhook-signature: ${'v1,AAAA '.repeat(10_000)}`, 'Content-Length: 2', '', '{}'].join(
      '\r\n',
    ),
  );
  t.regex(answer, /^HTTP\/1\.1 431 /);
});

test('a changed byte anywhere is refused', async (t) => {
  const door = await openDoor(t);
  const raw = Buffer.from(body);
  await fc.assert(
    fc.asyncProperty(fc.nat(raw.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(raw);
      changed[at] = (changed[at] ?? 0) ^ flip;
      t.is((await door.post('/hooks/config', changed, githubHeaders(raw))).status, 401);
    }),
    { numRuns: 60 },
  );
});

const differs = async (t: ExecutionContext, sent: string | Buffer) => {
  const door = await openDoor(t);
  t.is((await door.post('/hooks/config', new Uint8Array(Buffer.from(sent)), githubHeaders(body))).status, 401);
};
test('a newline at the end', differs, `${body}\n`);
test('a byte order mark', differs, `\ufeff${body}`);
test('a NUL at the end', differs, `${body}\0`);
test('the same value written otherwise', differs, JSON.stringify(JSON.parse(body), null, 1));
test('a key twice', differs, body.replace('{', '{"ref":"refs/heads/release",'));

test('an empty body with its right signature cannot be read', async (t) => {
  const door = await openDoor(t);
  t.is((await door.post('/hooks/config', '', githubHeaders(''))).status, 400);
});

const unreadable = async (t: ExecutionContext, sent: string | Buffer, headers: Record<string, string> = {}) => {
  const door = await openDoor(t);
  const bytes = new Uint8Array(Buffer.from(sent));
  const answer = await door.post('/hooks/config', bytes, { ...githubHeaders(bytes), ...headers });
  t.is(answer.status, 400, JSON.stringify(answer.body));
  t.is(typeof answer.body.error, 'string');
  t.deepEqual(door.deliveries, []);
};
test('signed: no JSON', unreadable, 'ref=refs/heads/main');
test('signed: invalid UTF-8', unreadable, Buffer.concat([Buffer.from('{"ref":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]));
test('signed: null', unreadable, 'null');
test('signed: a list', unreadable, '[]');
test('signed: a number', unreadable, '1e309');
test('signed: nothing in it', unreadable, '{}');
test('signed: ref is null', unreadable, push({ ref: null }));
test('signed: ref is a list', unreadable, push({ ref: ['refs/heads/main'] }));
test('signed: ref is an object', unreadable, push({ ref: { toString: 'refs/heads/main' } }));
test('signed: after is null', unreadable, push({ after: null }));
test('signed: after is short', unreadable, push({ after: 'abc' }));
test('signed: after is an option', unreadable, push({ after: '--upload-pack=touch /tmp/x' }));
test('signed: only on the prototype', unreadable, `{"__proto__":{"ref":"refs/heads/main","after":"${'a'.repeat(40)}"}}`);
test('signed: brackets without end', unreadable, '['.repeat(400_000));
test('signed: brackets without bottom', unreadable, `${'['.repeat(400_000)}${']'.repeat(400_000)}`);
test('signed: a branch of ten kilobytes', unreadable, push({ ref: `refs/heads/${'a'.repeat(10_000)}` }));
test('signed: a branch with ..', unreadable, push({ ref: 'refs/heads/../../main' }));
test('signed: a branch with @{', unreadable, push({ ref: 'refs/heads/@{-1}' }));
test('signed: a branch with a newline', unreadable, push({ ref: 'refs/heads/main\n' }));
test('signed: a branch that would colour a terminal', unreadable, push({ ref: 'refs/heads/\u001b[31mred' }));
test('signed: a branch with a carriage return', unreadable, push({ ref: 'refs/heads/main\r{"level":"fatal"}' }));
test('signed: a branch like an option', unreadable, push({ ref: 'refs/heads/--upload-pack=x' }));
test('signed: an id with a space', unreadable, body, { 'x-github-delivery': 'a b' });
test('signed: an id of 201 characters', unreadable, body, { 'x-github-delivery': 'a'.repeat(201) });
test('signed: an empty id', unreadable, body, { 'x-github-delivery': '' });
test('signed: an id that is not ASCII', unreadable, body, { 'x-github-delivery': 'd\u00e9' });

test('signed: where a payload says that its repository is, nobody looks', async (t) => {
  for (const url of ['ext::sh -c id', 'file:///etc/passwd', 'ssh://-oProxyCommand=id/x', 'http://169.254.169.254/latest', '../../other']) {
    const door = await openDoor(t);
    const repository = { clone_url: url, git_url: url, ssh_url: url, url, full_name: url, git_http_url: url };
    const sent = push({ repository, project: repository, clone_url: url, callback_url: url });
    t.is((await door.post('/hooks/config', sent, githubHeaders(sent))).status, 202);
    t.deepEqual(door.deliveries, [
      { source: 'config', id: 'delivery-1', branches: ['main'], environments: ['staging'], receivedAt: testNow },
    ]);
  }
});

test('signed: a push of more commits than its list has, or of seventy thousand keys, is one of a branch', async (t) => {
  const door = await openDoor(t);
  const many = push({ commits: Array.from({ length: 20 }, () => ({ id: 'a'.repeat(40) })), total_commits_count: 5_000 });
  t.is((await door.post('/hooks/config', many, githubHeaders(many))).status, 202);
  const keys = push(Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`key${index}`, index])));
  t.is((await door.post('/hooks/config', keys, githubHeaders(keys, { id: 'delivery-2' }))).status, 202);
});

test('signed: a branch with shell characters is a name like any other', async (t) => {
  const door = await openDoor(t);
  for (const branch of ['$(id)', 'a;b', '`id`', "'", '"', '<x>', '{{x}}']) {
    const sent = push({ ref: `refs/heads/${branch}` });
    t.is((await door.post('/hooks/config', sent, githubHeaders(sent))).body.reason, `no environment watches ${branch}`);
  }
  t.is((await door.post('/hooks/config', push({ ref: '--upload-pack=x' }), githubHeaders(push({ ref: '--upload-pack=x' })))).status, 200);
});

test('signed: any JSON value is answered, never with 500', async (t) => {
  const door = await openDoor(t);
  const providers = [
    ['github', githubHeaders],
    ['gitea', (sent: string) => ({ 'x-gitea-signature': hexHmac(sent), 'x-gitea-delivery': 'd', 'x-gitea-event': 'push' })],
    ['bitbucket', (sent: string) => ({ 'x-hub-signature': `sha256=${hexHmac(sent)}`, 'x-request-uuid': 'd', 'x-event-key': 'repo:push' })],
    ['gitlab', () => ({ 'x-gitlab-token': secretText, 'idempotency-key': 'd', 'x-gitlab-event': 'Push Hook' })],
  ] as const;
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.record({ ref: fc.jsonValue(), after: fc.jsonValue(), push: fc.jsonValue(), commits: fc.jsonValue() }),
  );
  await fc.assert(
    fc.asyncProperty(odd, fc.constantFrom(...providers), async (value, [name, headers]) => {
      const sent = JSON.stringify(value);
      t.true([200, 400].includes((await door.post(`/hooks/${name}`, sent, headers(sent))).status));
    }),
    { numRuns: 150 },
  );
});

const wrongType = async (t: ExecutionContext, headers: Record<string, string>, sent: string | Uint8Array = body) => {
  const door = await openDoor(t);
  const answer = await door.post('/hooks/config', new Uint8Array(Buffer.from(sent)), { ...githubHeaders(sent), ...headers });
  t.is(answer.status, 415);
};
test('a form', wrongType, { 'content-type': 'application/x-www-form-urlencoded' }, `payload=${encodeURIComponent(body)}`);
test('a multipart form', wrongType, { 'content-type': 'multipart/form-data; boundary=x' });
test('no content type', wrongType, { 'content-type': '' });
test('UTF-16', wrongType, { 'content-type': 'application/json; charset=utf-16' });
test('gzip', wrongType, { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(50_000_000)));
test('brotli', wrongType, { 'content-encoding': 'br' }, brotliCompressSync(Buffer.alloc(1_000_000)));

test('JSON in UTF-8 by its whole name is taken', async (t) => {
  const door = await openDoor(t);
  t.is((await door.post('/hooks/config', body, { ...githubHeaders(body), 'content-type': 'application/json; charset=utf-8' })).status, 202);
});

const timestamped = async (t: ExecutionContext, seconds: string, status: number) => {
  const door = await openDoor(t);
  t.is((await door.post('/hooks/standard', body, standardHeaders(body, { timestamp: seconds }))).status, status);
};
const seconds = testNow / 1000;
test('300 s ago', timestamped, String(seconds - 300), 202);
test('301 s ago', timestamped, String(seconds - 301), 401);
test('in 300 s', timestamped, String(seconds + 300), 202);
test('in 301 s', timestamped, String(seconds + 301), 401);
test('a time that is no number', timestamped, 'NaN', 401);
test('a time with an exponent', timestamped, '17e8', 401);
test('a time in hexadecimal', timestamped, `0x${seconds.toString(16)}`, 401);
test('a negative time', timestamped, `-${seconds}`, 401);
test('a time with a sign', timestamped, `+${seconds}`, 401);
test('a time of twenty digits', timestamped, '17000000000000000000', 401);
test('a time with a fraction', timestamped, `${seconds}.5`, 401);

const otherwise = async (t: ExecutionContext, change: (headers: Record<string, string>) => Record<string, string>) => {
  const door = await openDoor(t);
  t.is((await door.post('/hooks/standard', body, change(standardHeaders(body)))).status, 401);
};
test('signed for another id', otherwise, (headers) => ({ ...headers, 'webhook-id': 'msg_2' }));
test('signed for another time', otherwise, (headers) => ({ ...headers, 'webhook-timestamp': String(seconds + 1) }));
test('signed with the text of the secret for its key', otherwise, () =>
  standardHeaders(body, { key: Buffer.from(`whsec_${standardKey.toString('base64')}`) }),
);
test('an asymmetric signature', otherwise, (headers) => ({
  ...headers,
  'webhook-signature': `v1a,${headers['webhook-signature']?.slice(3)}`,
}));
test('signatures with commas between', otherwise, (headers) => ({
  ...headers,
  'webhook-signature': `v1,AAAA,${headers['webhook-signature']}`,
}));
test('eleven signatures', otherwise, (headers) => ({
  ...headers,
  'webhook-signature': `${'v1,AAAA '.repeat(10)}${headers['webhook-signature']}`,
}));
test('no id', otherwise, ({ 'webhook-id': _, ...headers }) => headers);
test('no signature at all', otherwise, ({ 'webhook-signature': _, ...headers }) => headers);
test('an id with a dot, which could be read as another id and time', otherwise, () => standardHeaders(body, { id: 'msg.1' }));
