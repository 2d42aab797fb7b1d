import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { webhookProviders } from '../../src/webhooks/providers.ts';
import { readDelivery } from '../../src/webhooks/read-delivery.ts';
import { hexHmac, openDoor, secretText } from '../support/webhook-sender.ts';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/webhooks/', import.meta.url));
const payload = (name: string) => readFileSync(join(fixtures, `${name}.json`), 'utf8');

type Source = 'github' | 'gitlab' | 'gitea' | 'bitbucket';

/** What each Git host sends with a payload. */
const headersOf: Readonly<Record<Source, (event: string, body: string) => Record<string, string>>> = {
  github: (event, body) => ({
    'x-github-event': event,
    'x-github-delivery': 'delivery-1',
    'x-github-hook-id': '1',
    'x-hub-signature': 'sha1=0000000000000000000000000000000000000000',
    'x-hub-signature-256': `sha256=${hexHmac(body)}`,
  }),
  gitlab: (event) => ({
    'x-gitlab-event': event,
    'x-gitlab-event-uuid': 'the-event',
    'x-gitlab-webhook-uuid': 'the-hook',
    'x-gitlab-instance': 'https://gitlab.example.com',
    'x-gitlab-token': secretText,
    'idempotency-key': 'delivery-1',
  }),
  gitea: (event, body) => ({
    'x-gitea-event': event,
    'x-gitea-event-type': event,
    'x-gitea-delivery': 'delivery-1',
    'x-gitea-signature': hexHmac(body),
    'x-gogs-event': event,
    'x-gogs-delivery': 'delivery-1',
    'x-gogs-signature': hexHmac(body),
    'x-github-event': event,
    'x-github-delivery': 'delivery-1',
    'x-hub-signature-256': `sha256=${hexHmac(body)}`,
  }),
  bitbucket: (event, body) => ({
    'x-event-key': event,
    'x-hook-uuid': 'the-hook',
    'x-request-uuid': 'delivery-1',
    'x-attempt-number': '1',
    'x-hub-signature': `sha256=${hexHmac(body)}`,
  }),
};

interface Published {
  readonly source: Source;
  /** As the provider's header names it. */
  readonly event: string;
  /** The answer's reason; none: it is a push to `branch`. */
  readonly reason?: string;
  readonly branch?: string;
}

const main = { branch: 'main' };
const master = { branch: 'master' };
const gone = { reason: 'the branch was deleted' };
const noBranch = { reason: 'the push is not to a branch' };
const other = (event: string, wanted: string) => ({ event, reason: `the event is ${event}, not ${wanted}` });

const published: Readonly<Record<string, Published>> = {
  'github/push': { source: 'github', event: 'push', ...master },
  'github/force-push': { source: 'github', event: 'push', ...master },
  'github/branch-created': { source: 'github', event: 'push', ...master },
  'github/branch-deleted': { source: 'github', event: 'push', ...gone },
  'github/tag-created': { source: 'github', event: 'push', ...noBranch },
  'github/tag-deleted': { source: 'github', event: 'push', ...noBranch },
  'github/ping': { source: 'github', ...other('ping', 'push') },
  'github/create': { source: 'github', ...other('create', 'push') },
  'github/delete': { source: 'github', ...other('delete', 'push') },
  'github/fork': { source: 'github', ...other('fork', 'push') },
  'gitlab/push': { source: 'gitlab', event: 'Push Hook', ...main },
  'gitlab/branch-created': { source: 'gitlab', event: 'Push Hook', ...main },
  'gitlab/branch-deleted': { source: 'gitlab', event: 'Push Hook', ...gone },
  'gitlab/tag-created': { source: 'gitlab', ...other('Tag Push Hook', 'Push Hook') },
  'gitlab/merge-request': { source: 'gitlab', ...other('Merge Request Hook', 'Push Hook') },
  'gitea/push': { source: 'gitea', event: 'push', ...main },
  'gitea/branch-created': { source: 'gitea', event: 'push', ...main },
  'gitea/branch-deleted': { source: 'gitea', event: 'push', ...gone },
  'gitea/tag-created': { source: 'gitea', event: 'push', ...noBranch },
  'gitea/create': { source: 'gitea', ...other('create', 'push') },
  'gitea/delete': { source: 'gitea', ...other('delete', 'push') },
  'gitea/fork': { source: 'gitea', ...other('fork', 'push') },
  'bitbucket/push': { source: 'bitbucket', event: 'repo:push', ...main },
  'bitbucket/force-push': { source: 'bitbucket', event: 'repo:push', ...main },
  'bitbucket/branch-created': { source: 'bitbucket', event: 'repo:push', ...main },
  'bitbucket/branch-deleted': { source: 'bitbucket', event: 'repo:push', ...gone },
  'bitbucket/tag-created': { source: 'bitbucket', event: 'repo:push', ...noBranch },
  'bitbucket/fork': { source: 'bitbucket', ...other('repo:fork', 'repo:push') },
  'bitbucket-data-center/push': { source: 'bitbucket', event: 'repo:refs_changed', ...main },
  'bitbucket-data-center/branch-created': { source: 'bitbucket', event: 'repo:refs_changed', ...main },
  'bitbucket-data-center/branch-deleted': { source: 'bitbucket', event: 'repo:refs_changed', ...gone },
  'bitbucket-data-center/tag-created': { source: 'bitbucket', event: 'repo:refs_changed', ...noBranch },
  'bitbucket-data-center/ping': { source: 'bitbucket', ...other('diagnostics:ping', 'repo:push') },
};

test('every payload that is kept here is sent', (t) => {
  const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  t.deepEqual(files.map((name) => name.slice(0, -'.json'.length)).sort(), Object.keys(published).sort());
});

const answered = async (t: ExecutionContext, name: string, { source, event, reason, branch }: Published) => {
  const door = await openDoor(t, { watched: (_, pushed) => (pushed === 'main' || pushed === 'master' ? ['staging'] : []) });
  const body = payload(name);
  const answer = await door.post(`/hooks/${source}`, body, headersOf[source](event, body));
  if (reason === undefined) {
    t.deepEqual(answer, { status: 202, body: { delivery: 'delivery-1', environments: ['staging'] } });
    t.deepEqual(door.deliveries[0]?.branches, [branch]);
  } else {
    t.deepEqual(answer, { status: 200, body: { reason } });
    t.deepEqual(door.deliveries, []);
  }
};
for (const [name, one] of Object.entries(published)) test(name, answered, name, one);

/** Where a payload's own words decide. Whatever else it says, also about where its repository is, nobody reads. */
const decisive: Readonly<Record<Source, RegExp>> = {
  github: /^(ref|after)$/,
  gitlab: /^(ref|after)$/,
  gitea: /^(ref|after)$/,
  bitbucket: /^(push(\.changes(\.0(\.(new|old)(\.(type|name|target(\.hash)?))?)?)?)?|changes(\.0(\.(ref(\.id)?|toHash))?)?)$/,
};

const strange: readonly unknown[] = [
  null,
  [],
  {},
  '',
  0,
  -1,
  true,
  '\u0000',
  '../..',
  'ext::sh -c id',
  'x'.repeat(5_000),
  [null],
  { toString: null },
];

test('null and wrong types at every path: refused where it is read, and no difference elsewhere', (t) => {
  for (const [name, { source, event }] of Object.entries(published)) {
    const whole: unknown = JSON.parse(payload(name));
    const headers = headersOf[source](event, payload(name));
    const reading = (value: unknown) => readDelivery(webhookProviders[source], Buffer.from(JSON.stringify(value)), headers);
    const expected = reading(whole);
    for (const path of pathsOf(whole)) {
      const decides = decisive[source].test(path.join('.'));
      for (const value of decides ? strange : [null, [], 'x']) {
        const got = reading(replaced(whole, path, value));
        if (!decides) t.deepEqual(got, expected, `${name} ${path.join('.')}`);
        else
          t.false(
            got.kind === 'push' && got.branches.some((branch) => branch !== 'main' && branch !== 'master'),
            `${name} ${path.join('.')}`,
          );
      }
    }
  }
});

test('a field that is left out is refused or makes no difference', (t) => {
  for (const [name, { source, event }] of Object.entries(published)) {
    const whole: unknown = JSON.parse(payload(name));
    const headers = headersOf[source](event, payload(name));
    const reading = (value: unknown) => readDelivery(webhookProviders[source], Buffer.from(JSON.stringify(value)), headers);
    const expected = reading(whole);
    for (const path of pathsOf(whole)) {
      const got = reading(replaced(whole, path, undefined));
      t.true(got.kind !== 'push' || JSON.stringify(got) === JSON.stringify(expected), `${name} ${path.join('.')}`);
    }
  }
});

test('no header of another provider, and no wrong one, makes a push of it', (t) => {
  const names = ['x-github-event', 'x-gitlab-event', 'x-gitea-event', 'x-forgejo-event', 'x-event-key', 'x-gogs-event'];
  const body = Buffer.from(payload('gitea/push'));
  fc.assert(
    fc.property(fc.constantFrom('github', 'gitlab', 'gitea', 'bitbucket'), fc.subarray(names), fc.string(), (source, sent, value) => {
      const ids = { 'x-github-delivery': 'd', 'idempotency-key': 'd', 'x-gitea-delivery': 'd', 'x-request-uuid': 'd' };
      const headers = { ...ids, ...Object.fromEntries(sent.map((name) => [name, value])) };
      t.not(readDelivery(webhookProviders[source as Source], body, headers).kind, 'push');
    }),
  );
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  const below = Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

/** A copy with another value at the path; undefined: without it. */
function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as unknown as Record<string, unknown>)
    : { ...(value as object) };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}
