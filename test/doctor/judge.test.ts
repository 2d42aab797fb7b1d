import test from 'ava';
import fc from 'fast-check';
import { isAtLeast } from '../../src/doctor/finding.ts';
import { judgeEngine } from '../../src/doctor/judge-engine.ts';
import { judgeClock, judgeDisk, judgeHost, judgeLostHost } from '../../src/doctor/judge-machine.ts';
import { judgeRedis } from '../../src/doctor/judge-redis.ts';
import { judgeRepository, judgeSource, type RepositoryFacts } from '../../src/doctor/judge-repository.ts';
import { judgeWebhook } from '../../src/doctor/judge-webhook.ts';
import type { Finding } from '../../src/model/documents.ts';
import type { EngineFacts } from '../../src/model/examination.ts';

/** What is not well, as `state: message → cure`, each matching its pattern. */
const judged = (title: string, findings: readonly Finding[], ...expected: readonly RegExp[]) =>
  test(title, (t) => {
    const unwell = findings.filter(({ state }) => state !== 'ok').map(({ state, message, cure }) => `${state}: ${message} → ${cure ?? ''}`);
    t.is(unwell.length, expected.length, unwell.join('\n'));
    for (const [i, pattern] of expected.entries()) t.regex(unwell[i] ?? '', pattern);
    t.true(findings.length > 0);
  });

const engine: EngineFacts = {
  state: 'there',
  endpoint: 'unix:///s',
  version: '20.10.24',
  apiVersion: '1.41',
  os: 'linux',
  storage: 'overlay2',
};
const away = (reason: string): EngineFacts => ({ state: 'away', endpoint: 'unix:///s', reason });
judged('an engine that can all is well', judgeEngine('h', engine));
judged(
  'an engine that is too old',
  judgeEngine('h', { ...engine, version: '19.3.1', apiVersion: '1.40' }),
  /^wrong: .*19\.3\.1.* → install 20\.10/,
);
judged('a vfs storage is slow, not wrong', judgeEngine('h', { ...engine, storage: 'vfs' }), /^advice: .*vfs.* → .*overlay2/);
judged(
  'an engine that cannot build',
  judgeEngine('h', { ...engine, buildError: 'no space left on device' }),
  /^wrong: .*no space.* → make room/,
);
judged('a socket that is not for this user', judgeEngine('h', away('connect EACCES /var/run/docker.sock')), /→ .*usermod -aG docker/);
judged('a socket that is not there', judgeEngine('h', away('connect ENOENT /var/run/docker.sock')), /→ install Docker or start it/);
judged('Windows containers', judgeEngine('h', { ...engine, os: 'windows' }), /^wrong: .*windows/);

const info = {
  redis_version: '7.0.15',
  aof_enabled: '1',
  maxmemory_policy: 'noeviction',
  maxmemory: '0',
  used_memory: '1000',
  role: 'master',
};
const redis = (changed: Record<string, string> = {}, writeError?: string, appendfsync: string | undefined = 'always') =>
  judgeRedis({ state: 'there', info: new Map(Object.entries({ ...info, ...changed })), writeError, appendfsync });
judged('a Redis that keeps everything is well', redis());
judged('a Redis that tells nothing of its fsync is well', redis({}, undefined, undefined));
judged('a Valkey is measured by its own version', redis({ server_name: 'valkey', valkey_version: '8.1.0', redis_version: '7.2.4' }));
judged('an old Redis', redis({ redis_version: '6.0.16' }), /^wrong: .*6\.0\.16 is too old/);
judged('one without an append-only file', redis({ aof_enabled: '0' }), /^wrong: .*append-only.* → .*appendonly yes/);
judged('one that evicts', redis({ maxmemory_policy: 'allkeys-lru' }), /^wrong: .*allkeys-lru.* → .*noeviction/);
judged('one that is nearly full', redis({ maxmemory: '1000', used_memory: '900' }), /^wrong: 90 %.* → give it more/);
judged('one that fills up', redis({ maxmemory: '1000', used_memory: '750' }), /^advice: 75 %/);
judged('one that cannot write its file', redis({ aof_last_write_status: 'err' }), /^wrong: .*aof_last_write_status.* → .*disk/);
judged('one that takes no writes', redis({ role: 'slave' }, 'READONLY'), /^wrong: it is a replica/, /^wrong: .*READONLY/);
judged('one that leaves syncing to the system', redis({}, undefined, 'no'), /^advice: .*appendfsync no.* → set "appendfsync always"/);
judged(
  'one that syncs every second',
  redis({}, undefined, 'everysec'),
  /^advice: .*last second or two are lost.* → set "appendfsync always"/,
);
judged(
  'one that is away',
  judgeRedis({ state: 'away', reason: 'Redis does not answer: ECONNREFUSED' }),
  /^wrong: .* → see WINDLASS_REDIS_URL/,
);

const repository: RepositoryFacts = {
  name: 'https://git/acme',
  hasToken: true,
  readError: undefined,
  mayPush: true,
  mayReport: true,
  mistakes: [],
};
judged('a repository that may be read, pushed to and reported on is well', judgeRepository(repository));
judged('no repository', judgeRepository({ ...repository, name: undefined }), /^wrong: WINDLASS_REPOSITORY is not set → .*windlass init/);
judged('a token that has run out', judgeRepository({ ...repository, readError: 'it answered 401' }), /→ the token .* has run out/);
judged(
  'no token',
  judgeRepository({ ...repository, hasToken: false, readError: 'it answered 404' }),
  /→ a private repository needs a token/,
);
judged('a token that may not push', judgeRepository({ ...repository, mayPush: false }), /^advice: windlass may not push/);
judged(
  "somebody else's repository on this disk",
  judgeRepository({ ...repository, mayPush: false, pushError: '/srv/config.git belongs to user 7: run windlass as its owner' }),
  /^advice: windlass may not push to it: .* belongs to user 7: run windlass as its owner/,
);
judged('a token that may not report', judgeRepository({ ...repository, mayReport: false }), /^advice: .*commit statuses/);
judged('a Git host that tells nothing of statuses', judgeRepository({ ...repository, mayReport: 'untold' }), /^untried: .*commit statuses/);
judged('one that is asked over SSH', judgeRepository({ ...repository, mayPush: undefined }), /^untried: whether windlass may push/);
const source = { source: 'shop-web', name: 'https://git/shop', hasToken: true, readError: undefined, mayPush: false };
judged('a source that may be read and no more is well', judgeSource(source));
judged(
  'a source whose token has run out',
  judgeSource({ ...source, readError: 'it answered 403' }),
  /^wrong: source shop-web: it answered 403 → the token \(WINDLASS_SOURCE_SHOP_WEB_TOKEN\) has run out/,
);
judged(
  'a source whose token may more than it needs',
  judgeSource({ ...source, mayPush: true }),
  /^advice: .*may push, which nothing needs/,
);
judged('a source on this disk that may be written', judgeSource({ ...source, hasToken: false, mayPush: true }));
judged('every mistake is told', judgeRepository({ ...repository, mistakes: ['a:1:1: x', 'b:2:2: y'] }), /a:1:1/, /b:2:2/);
judged(
  'what nobody looked at is not called right',
  judgeRepository({ ...repository, mistakes: undefined }),
  /^untried: .*windlass validate/,
);

const url = 'https://deploy.example.com/hooks/config';
const answered = (status: number, reason = '', location?: string) =>
  judgeWebhook({ kind: 'answered', url, status, reason, location }, true);
const silent = (error: string) => judgeWebhook({ kind: 'unanswered', url, error }, true);
judged('a webhook that comes back is well', answered(200));
judged('a redirect is followed by no Git host', answered(308, '', 'https://other/'), /→ it redirects to https:\/\/other\//);
judged('a wrong proof', answered(401, 'no proof'), /→ another windlass answers there, or a proxy changes/);
judged('a path that the proxy does not know', answered(404), /→ .*pass \/hooks\/ on unchanged/);
judged('a proxy without a controller behind it', answered(502), /→ the proxy does not reach the controller/);
judged('a name without an address', silent('ENOTFOUND getaddrinfo'), /→ the name has no address/);
judged('plain HTTP behind https://', silent('ERR_SSL_WRONG_VERSION_NUMBER'), /→ it answers in plain HTTP/);
judged('a certificate that nobody trusts', silent('DEPTH_ZERO_SELF_SIGNED_CERT self-signed certificate'), /→ its certificate/);
judged('a closed port', silent('ECONNREFUSED'), /→ nothing listens there/);
judged(
  'a Git host elsewhere cannot reach this loopback',
  judgeWebhook({ kind: 'answered', url: 'http://127.0.0.1:8420/hooks/config', status: 200, reason: '' }, true),
  /^advice: .* → set WINDLASS_PUBLIC_URL/,
);
judged(
  'a repository of this machine can',
  judgeWebhook({ kind: 'answered', url: 'http://127.0.0.1:8420/hooks/config', status: 200, reason: '' }, false),
);

const gibi = 2 ** 30;
const disk = (free: number, total = 100 * gibi, what = 'the state directory') => [judgeDisk('h', { what, path: '/p', free, total })];
judged('a disk with room is well', disk(50 * gibi));
judged('a disk that fills up', disk(5 * gibi), /^advice: .*5\.0 GiB of 100\.0 GiB/);
judged('a full disk', disk(100 * 2 ** 20), /^wrong: .*100 MiB/);
judged("an engine's storage needs more", disk(gibi, 100 * gibi, "the engine's storage"), /^wrong: .*docker system df/);
judged('a disk that cannot be seen', [judgeDisk('h', { what: "the engine's storage", path: '/p' })], /^untried/);
judged(
  'a folder of somebody else',
  [judgeDisk('h', { what: 'the state directory', path: '/p', writeError: 'EACCES' })],
  /^wrong: .*EACCES/,
);

judged('clocks that agree are well', [judgeClock('h', -4_900)]);
judged('a clock that drifts', [judgeClock('h', -5_100)], /^advice: .*5\.1 s behind/);
judged('a clock that is far off', [judgeClock('h', 61_000)], /^wrong: .*61\.0 s ahead of/);

const seen = { version: '1.0.0', now: 0, engine, disks: [] };
judged('a host that answers is well', judgeHost('web-1', seen, { version: '1.0.0', aheadMs: 0 }));
judged(
  'a host with another version',
  judgeHost('web-1', seen, { version: '1.1.0', aheadMs: 0 }),
  /^advice: .*1\.0\.0, the controller 1\.1\.0/,
);
judged('a host that is lost', [judgeLostHost('web-1', 300_000, 'it is lost')], /^wrong: .*last seen 5 min ago → .*windlass agent/);

test('a version is at least itself and those before it, whatever is behind it', (t) => {
  t.true(isAtLeast('20.10.24+dfsg1', '20.10'));
  t.true(isAtLeast('28.0.0-rc.1', '20.10'));
  t.false(isAtLeast('20.9.9', '20.10'));
  t.true(isAtLeast('dev', '20.10'));
  const version = fc.array(fc.nat(50), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [x, y] = [a.join('.'), b.join('.')];
      t.true(isAtLeast(x, y) || isAtLeast(y, x));
      t.true(isAtLeast(x, x));
    }),
  );
});

test('whatever is wrong or could be better says what to do', (t) => {
  const findings = [
    ...judgeEngine('h', { ...engine, version: '1.0', os: 'windows', storage: 'vfs', buildError: 'x' }),
    ...redis({ aof_enabled: '0', maxmemory_policy: 'allkeys-lru', redis_version: '5.0', role: 'slave', loading: '1' }, 'x'),
    ...answered(500),
    ...judgeRepository({ ...repository, mayPush: false, mayReport: false }),
  ];
  for (const { state, message, cure } of findings) if (state === 'wrong' || state === 'advice') t.true((cure ?? '') !== '', message);
});
