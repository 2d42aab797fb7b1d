import test, { type ExecutionContext } from 'ava';
import { commit, hexHmac, openDoor, push, secretText, standardHeaders, testNow } from '../support/webhook-sender.ts';

const zeros = '0'.repeat(40);

interface Case {
  readonly source: string;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly branches?: readonly string[];
  readonly reason?: string;
}

const answers = async (t: ExecutionContext, { source, body, headers, branches, reason }: Case) => {
  const door = await openDoor(t);
  const answer = await door.post(`/hooks/${source}`, body, headers);
  if (branches) {
    t.is(answer.status, 202, JSON.stringify(answer.body));
    t.is(answer.body.delivery, 'delivery-1');
    t.deepEqual(door.deliveries[0]?.branches, branches);
  } else {
    t.deepEqual(answer, { status: 200, body: { reason } });
  }
};

const gitlab = (fields: Record<string, string> = {}) => ({
  'x-gitlab-token': secretText,
  'x-gitlab-event': 'Push Hook',
  'idempotency-key': 'delivery-1',
  'x-gitlab-webhook-uuid': 'the-hook',
  ...fields,
});
test('GitLab with its token', answers, { source: 'gitlab', body: push(), headers: gitlab(), branches: ['main'] });
test('GitLab before it had idempotency keys', answers, {
  source: 'gitlab',
  body: push(),
  headers: { 'x-gitlab-token': secretText, 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': 'delivery-1' },
  branches: ['main'],
});
test('GitLab: a tag', answers, {
  source: 'gitlab',
  body: push({ ref: 'refs/tags/v1' }),
  headers: gitlab({ 'x-gitlab-event': 'Tag Push Hook' }),
  reason: 'the event is Tag Push Hook, not Push Hook',
});

test('GitLab: the signature counts where there is one', async (t) => {
  const secret = 'It is a secret';
  const door = await openDoor(t);
  const signed = standardHeaders(push(), { id: 'delivery-1', key: Buffer.from(secret) });
  t.is((await door.post('/hooks/gitlab', push(), { 'x-gitlab-event': 'Push Hook', ...signed })).status, 202);
  const late = standardHeaders(push(), { key: Buffer.from(secret), timestamp: String(testNow / 1000 - 301) });
  t.is((await door.post('/hooks/gitlab', push(), gitlab(late))).status, 401);
});

const gitea = (body: string, fields: Record<string, string> = {}) => ({
  'x-gitea-signature': hexHmac(body),
  'x-gitea-event': 'push',
  'x-gitea-delivery': 'delivery-1',
  // What it sends besides, for receivers of other hosts' webhooks.
  'x-github-event': 'push',
  'x-hub-signature-256': `sha256=${hexHmac(body)}`,
  ...fields,
});
test('Gitea', answers, { source: 'gitea', body: push(), headers: gitea(push()), branches: ['main'] });
test('Forgejo', answers, {
  source: 'gitea',
  body: push(),
  headers: gitea(push(), { 'x-forgejo-signature': hexHmac(push()), 'x-forgejo-delivery': 'delivery-1', 'x-forgejo-event': 'push' }),
  branches: ['main'],
});
test('Gitea: another event', answers, {
  source: 'gitea',
  body: push(),
  headers: gitea(push(), { 'x-gitea-event': 'issues' }),
  reason: 'the event is issues, not push',
});

const bitbucket = (body: string, event = 'repo:push', id = 'x-request-uuid') => ({
  'x-hub-signature': `sha256=${hexHmac(body)}`,
  'x-event-key': event,
  'x-hook-uuid': 'the-hook',
  [id]: 'delivery-1',
});
const branch = (name: string, hash = commit) => ({ type: 'branch', name, target: { hash } });
const changes = (...list: readonly object[]) => JSON.stringify({ push: { changes: list } });
const three = changes(
  { old: branch('main'), new: branch('main') },
  { old: null, new: branch('release') },
  { old: null, new: branch('other') },
);
test('Bitbucket Cloud: several branches in one push', answers, {
  source: 'bitbucket',
  body: three,
  headers: bitbucket(three),
  branches: ['main', 'release'],
});
const gone = changes({ old: branch('main'), new: null });
test('Bitbucket Cloud: a deleted branch', answers, {
  source: 'bitbucket',
  body: gone,
  headers: bitbucket(gone),
  reason: 'the branch was deleted',
});
const tag = changes({ old: null, new: { type: 'tag', name: 'main', target: { hash: commit } } });
test('Bitbucket Cloud: a tag of a branch name', answers, {
  source: 'bitbucket',
  body: tag,
  headers: bitbucket(tag),
  reason: 'the push is not to a branch',
});
const server = JSON.stringify({
  changes: [
    { ref: { id: 'refs/heads/main', type: 'BRANCH' }, toHash: commit, type: 'UPDATE' },
    { ref: { id: 'refs/heads/release', type: 'BRANCH' }, toHash: zeros, type: 'DELETE' },
  ],
});
test('Bitbucket Data Center', answers, {
  source: 'bitbucket',
  body: server,
  headers: bitbucket(server, 'repo:refs_changed', 'x-request-id'),
  branches: ['main'],
});
test('Bitbucket: another event', answers, {
  source: 'bitbucket',
  body: gone,
  headers: bitbucket(gone, 'pullrequest:created'),
  reason: 'the event is pullrequest:created, not repo:push',
});
