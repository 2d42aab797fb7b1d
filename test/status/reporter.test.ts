import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Provider } from '../../src/model/root.ts';
import { Secret } from '../../src/secret.ts';
import { bitbucket } from '../../src/status/bitbucket.ts';
import { gitea } from '../../src/status/gitea.ts';
import { github } from '../../src/status/github.ts';
import { gitlab } from '../../src/status/gitlab.ts';
import { parseRepository } from '../../src/status/parse-repository.ts';
import { type CommitStatus, createReporter, type ReporterOptions } from '../../src/status/reporter.ts';
import type { StatusHost } from '../../src/status/status-host.ts';

const commit = 'c'.repeat(40);
const status: CommitStatus = {
  commit,
  environment: 'staging',
  state: 'pending',
  description: 'queued',
  url: 'http://windlass.example.com/d/1',
};

interface Recorded {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** A Git host's API that records what it is asked; `answer` decides what it says. */
async function api(t: ExecutionContext, answer: (response: ServerResponse) => void = (response) => void response.writeHead(201).end('{}')) {
  const requests: Recorded[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: JSON.parse(body || '{}') });
    response.setHeader('content-type', 'application/json');
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3` };
}

const options = (fields: Partial<ReporterOptions>): ReporterOptions => ({
  provider: 'github',
  apiUrl: 'https://api.github.com',
  token: new Secret('ghp_token'),
  repositoryUrl: 'https://github.com/acme/config.git',
  log: silentLog,
  ...fields,
});

test("a status is posted to the commit under the environment's context", async (t) => {
  const { requests, url } = await api(t);
  await createReporter(options({ apiUrl: url }))?.report(status);
  t.is(requests[0]?.line, `POST /api/v3/repos/acme/config/statuses/${commit}`);
  t.is(requests[0]?.headers.authorization, 'token ghp_token');
  t.deepEqual(requests[0]?.body, {
    state: 'pending',
    context: 'windlass/staging',
    description: 'queued',
    target_url: 'http://windlass.example.com/d/1',
  });
});

test('the same status is not posted twice, another one is', async (t) => {
  const { requests, url } = await api(t);
  const reporter = createReporter(options({ apiUrl: url }));
  await reporter?.report(status);
  await reporter?.report(status);
  await reporter?.report({ ...status, environment: 'production' });
  await reporter?.report({ ...status, state: 'success', description: 'deployed 3 containers' });
  await reporter?.report(status);
  t.deepEqual(
    requests.map(({ body }) => `${body.context} ${body.state}`),
    ['windlass/staging pending', 'windlass/production pending', 'windlass/staging success', 'windlass/staging pending'],
  );
});

test('a description is one line of at most 140 characters', async (t) => {
  const { requests, url } = await api(t);
  await createReporter(options({ apiUrl: url }))?.report({ ...status, description: `nginx:\n  ${'é😀'.repeat(200)}` });
  const description = String(requests[0]?.body.description);
  t.is([...description].length, 140);
  t.regex(description, /^nginx: é😀.*…$/u);
});

const fails = async (t: ExecutionContext, code: number, body: string, permanent: boolean, message: RegExp) => {
  const { requests, url } = await api(t, (response) => void response.writeHead(code).end(body));
  const reporter = createReporter(options({ apiUrl: url }));
  const error = await t.throwsAsync(async () => reporter?.report(status), { instanceOf: WindlassError, message });
  t.is(error?.permanent, permanent);
  t.false(`${error?.message}`.includes('ghp_token'));
  t.is(requests.length, 1);
  await t.throwsAsync(async () => reporter?.report(status));
  t.is(requests.length, 2);
};
test(
  '401 is told with the cure',
  fails,
  401,
  '{"message":"Bad credentials"}',
  true,
  /of cccccccc in acme\/config: HTTP 401, Bad credentials.*; the token needs write/,
);
test('404 is told with the cure', fails, 404, '{"message":"Not Found"}', true, /HTTP 404, Not Found.*; the token needs write/);
test('422 is for good', fails, 422, '{"message":"No commit found for SHA"}', true, /No commit found/);
test('403 for the rate limit passes', fails, 403, '{"message":"API rate limit exceeded"}', false, /rate limit/);
test('502 passes, and is not tried again in here', fails, 502, '', false, /cannot set the status of cccccccc in acme\/config: /);

test('a Git host that is away passes', async (t) => {
  const { url } = await api(t, (response) => void response.destroy());
  const error = await t.throwsAsync(async () => createReporter(options({ apiUrl: url }))?.report(status), { instanceOf: WindlassError });
  t.false(error?.permanent);
});

test('nobody is told without a token, for a path or where there is no Git host', (t) => {
  t.is(createReporter(options({ token: undefined })), undefined);
  t.is(createReporter(options({ repositoryUrl: '/srv/git/config.git' })), undefined);
  t.is(createReporter(options({ provider: 'standard' })), undefined);
  t.is(createReporter(options({ repositoryUrl: 'https://github.com/a/b/c.git' })), undefined);
  t.is(createReporter(options({ provider: 'gitea', repositoryUrl: 'https://gitea.example.com/a/b/c.git' })), undefined);
  t.truthy(createReporter(options({})));
});

const isBeside = (t: ExecutionContext, host: StatusHost, repositoryUrl: string, apiUrl: string) => {
  const repository = parseRepository(repositoryUrl);
  t.is(repository && host.apiUrl(repository), apiUrl);
};
test("GitHub's API", isBeside, github, 'git@github.com:acme/config.git', 'https://api.github.com');
test("GitHub Enterprise Server's API", isBeside, github, 'https://notgithub.com:8443/acme/config.git', 'https://notgithub.com:8443/api/v3');
test("GitLab's API", isBeside, gitlab, 'https://gitlab.com/acme/ops/config.git', 'https://gitlab.com/api/v4');
test("Gitea's API, without TLS on a port", isBeside, gitea, 'http://git.lan:3000/acme/config', 'http://git.lan:3000/api/v1');
test("Gitea's API for an SSH address", isBeside, gitea, 'ssh://git@git.lan:2222/acme/config.git', 'https://git.lan/api/v1');
test("Bitbucket Cloud's API", isBeside, bitbucket, 'git@bitbucket.org:acme/config.git', 'https://api.bitbucket.org/2.0');
test(
  "Bitbucket Data Center's API",
  isBeside,
  bitbucket,
  'https://bitbucket.example.com/scm/cfg/config.git',
  'https://bitbucket.example.com/rest',
);

interface Told {
  readonly provider: Provider;
  readonly repositoryUrl: string;
  readonly line: string;
  readonly header: readonly [string, string];
  readonly body: object;
}

const tells = async (t: ExecutionContext, { provider, repositoryUrl, line, header, body }: Told) => {
  const { requests, url } = await api(t);
  const reporter = createReporter(options({ provider, repositoryUrl, apiUrl: url }));
  await reporter?.report({ ...status, state: 'failure', description: 'nginx refused' });
  t.is(requests[0]?.line, line);
  t.is(requests[0]?.headers[header[0]], header[1]);
  t.deepEqual(requests[0]?.body, body);
  await reporter?.report({ ...status, state: 'failure', description: 'nginx refused' });
  t.is(requests.length, 1);
};
const target_url = status.url;
test('GitLab is told, also of a repository in a group of a group', tells, {
  provider: 'gitlab',
  repositoryUrl: 'https://gitlab.com/acme/ops/config.git',
  line: `POST /api/v3/projects/acme%2Fops%2Fconfig/statuses/${commit}`,
  header: ['private-token', 'ghp_token'],
  body: { state: 'failed', name: 'windlass/staging', description: 'nginx refused', target_url },
});
test('Gitea is told', tells, {
  provider: 'gitea',
  repositoryUrl: 'https://gitea.example.com/acme/config.git',
  line: `POST /api/v3/repos/acme/config/statuses/${commit}`,
  header: ['authorization', 'token ghp_token'],
  body: { state: 'failure', context: 'windlass/staging', description: 'nginx refused', target_url },
});
const build = { key: 'windlass/staging', name: 'windlass/staging', state: 'FAILED', description: 'nginx refused', url: status.url };
test('Bitbucket Cloud is told', tells, {
  provider: 'bitbucket',
  repositoryUrl: 'https://bitbucket.org/acme/config.git',
  line: `POST /api/v3/repositories/acme/config/commit/${commit}/statuses/build`,
  header: ['authorization', 'Bearer ghp_token'],
  body: build,
});
const dataCenter = {
  provider: 'bitbucket',
  line: `POST /api/v3/api/latest/projects/CFG/repos/config/commits/${commit}/builds`,
  header: ['authorization', 'Bearer ghp_token'],
  body: build,
} as const;
test('Bitbucket Data Center is told', tells, { ...dataCenter, repositoryUrl: 'https://bitbucket.example.com/scm/CFG/config.git' });
test('Bitbucket Data Center is told of an SSH address', tells, {
  ...dataCenter,
  repositoryUrl: 'ssh://git@bitbucket.example.com:7999/CFG/config.git',
});

test('an environment of any name fits into the key of a Bitbucket status, and two do not share one', async (t) => {
  const { requests, url } = await api(t);
  const reporter = createReporter(options({ provider: 'bitbucket', repositoryUrl: 'https://bitbucket.org/acme/config.git', apiUrl: url }));
  for (const end of ['a', 'b']) await reporter?.report({ ...status, environment: `${'e'.repeat(39)}${end}` });
  const keys = requests.map(({ body }) => String(body.key));
  t.true(keys.every((key) => key.length <= 40));
  t.is(new Set(keys).size, 2);
});

test('GitLab says no to the state that a status has already: it is so', async (t) => {
  const words = '{"message":"Cannot transition status via :run from :running (Reason(s): Status cannot transition via \\"run\\")"}';
  const { url } = await api(t, (response) => void response.writeHead(400).end(words));
  const reporter = createReporter(options({ provider: 'gitlab', repositoryUrl: 'https://gitlab.com/acme/config.git', apiUrl: url }));
  await t.notThrowsAsync(async () => reporter?.report(status));
});

const saysNo = async (t: ExecutionContext, provider: Provider, code: number, body: string, permanent: boolean, message: RegExp) => {
  const { url } = await api(t, (response) => void response.writeHead(code, { location: 'https://elsewhere.example.com/' }).end(body));
  const reporter = createReporter(options({ provider, repositoryUrl: 'https://git.example.com/acme/config.git', apiUrl: url }));
  const error = await t.throwsAsync(async () => reporter?.report(status), { instanceOf: WindlassError, message });
  t.is(error?.permanent, permanent);
  t.false(error?.message.includes('ghp_token'));
};
test('GitLab: 403', saysNo, 'gitlab', 403, '{"message":"403 Forbidden"}', true, /HTTP 403, 403 Forbidden; the token needs write access/);
test(
  'GitLab: too small a scope',
  saysNo,
  'gitlab',
  403,
  '{"error":"insufficient_scope","error_description":"too low"}',
  true,
  /, too low;/,
);
test('Gitea: 404', saysNo, 'gitea', 404, '{"message":"not found","url":"x"}', true, /HTTP 404, not found/);
test('Bitbucket: 400', saysNo, 'bitbucket', 400, '{"errors":[{"context":"url","message":"not a URL"}]}', true, /: not a URL$/);
test('Bitbucket: 401', saysNo, 'bitbucket', 401, '{"type":"error","error":{"message":"Token is invalid"}}', true, /, Token is invalid;/);
test('429 passes', saysNo, 'gitea', 429, 'slow down', false, /: slow down$/);
test('500 without a word passes', saysNo, 'gitlab', 500, '', false, /: HTTP 500$/);
test('a page instead of JSON', saysNo, 'gitea', 502, '<html>\n<body>', false, /: <html>$/);
test('a token is not carried on to where a redirect points', saysNo, 'gitlab', 302, '', false, /: HTTP 302 to https:\/\/elsewhere/);

const parses = (t: ExecutionContext, url: string, expected: string | undefined) => {
  const found = parseRepository(url);
  t.is(found && `${found.host} ${found.origin} ${found.path}`, expected);
};
test('https', parses, 'https://github.com/acme/config.git', 'github.com https://github.com acme/config');
test('https without .git', parses, 'https://GitHub.com/acme/config', 'github.com https://github.com acme/config');
test(
  'https with a name, a port and a slash',
  parses,
  'https://me@git.example.com:8443/acme/my.config.git/',
  'git.example.com https://git.example.com:8443 acme/my.config',
);
test('ssh', parses, 'ssh://git@github.com/acme/config.git', 'github.com https://github.com acme/config');
test('host:path', parses, 'git@github.com:acme/config.git', 'github.com https://github.com acme/config');
test('a path has no Git host', parses, '/srv/git/config.git', undefined);
test('a deeper path', parses, 'https://gitlab.com/a/b/c.git', 'gitlab.com https://gitlab.com a/b/c');
test(
  "a person's own repository",
  parses,
  'https://bitbucket.example.com/scm/~ada/config.git',
  'bitbucket.example.com https://bitbucket.example.com scm/~ada/config',
);
test('dots for names', parses, 'https://github.com/../config', undefined);
test('one name alone', parses, 'https://github.com/config', undefined);

const rights = (
  title: string,
  provider: Provider,
  answer: { readonly status?: number; readonly body?: object; readonly headers?: Record<string, string> },
  expected: boolean | undefined,
) =>
  test(title, async (t) => {
    const { url } = await api(t, (response) =>
      response.writeHead(answer.status ?? 200, answer.headers).end(JSON.stringify(answer.body ?? {})),
    );
    const reporter = createReporter(options({ provider, apiUrl: url, repositoryUrl: 'https://git.example.com/acme/config.git' }));
    t.is(await reporter?.mayReport(), expected);
  });
const scopes = (list: string) => ({ headers: { 'x-oauth-scopes': list }, body: { permissions: { push: true } } });
rights('a classic token of GitHub tells its scopes', 'github', scopes('read:org, repo:status'), true);
rights('a scope that does not do is no right', 'github', scopes('read:org'), false);
rights('a fine-grained token tells what its owner may', 'github', { body: { permissions: { push: true } } }, true);
rights('a token that GitHub does not know may nothing', 'github', { status: 401 }, false);
rights('a GitHub that is away tells nothing', 'github', { status: 502 }, undefined);
rights('Gitea tells what the token may', 'gitea', { body: { permissions: { push: false } } }, false);
rights('GitLab tells the scopes of a token', 'gitlab', { body: { scopes: ['read_repository'] } }, false);
rights('a deploy token of GitLab tells nothing', 'gitlab', { status: 403, body: { message: 'Forbidden' } }, undefined);
rights('Bitbucket tells nothing', 'bitbucket', {}, undefined);

const overtaken: readonly (readonly [Provider, string, string])[] = [
  ['github', 'https://github.com/acme/config.git', 'success'],
  ['gitea', 'https://git.example.com/acme/config.git', 'success'],
  ['gitlab', 'https://gitlab.com/acme/config.git', 'canceled'],
  ['bitbucket', 'https://bitbucket.org/acme/config.git', 'STOPPED'],
  ['bitbucket', 'https://git.example.com/scm/acme/config.git', 'CANCELLED'],
];
for (const [provider, repositoryUrl, state] of overtaken)
  test(`a commit that was overtaken is ${state} at ${new URL(repositoryUrl).host} with ${provider}`, async (t) => {
    const { requests, url } = await api(t);
    await createReporter(options({ provider, repositoryUrl, apiUrl: url }))?.report({ ...status, state: 'superseded' });
    t.is(requests[0]?.body.state, state);
  });
