import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { Secret } from '../../src/secret.ts';
import { parseRepository } from '../../src/status/parse-repository.ts';
import { type CommitStatus, createReporter, type ReporterOptions } from '../../src/status/reporter.ts';

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
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: JSON.parse(body) });
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

test('nobody is told without a token, for a path or by a provider that has no record', (t) => {
  t.is(createReporter(options({ token: undefined })), undefined);
  t.is(createReporter(options({ repositoryUrl: '/srv/git/config.git' })), undefined);
  t.is(createReporter(options({ provider: 'standard' })), undefined);
  t.truthy(createReporter(options({})));
});

test("another host's token is not sent to github.com", (t) => {
  t.is(createReporter(options({ repositoryUrl: 'https://git.example.com/acme/config.git' })), undefined);
  t.is(createReporter(options({ repositoryUrl: 'https://notgithub.com/acme/config.git' })), undefined);
  t.truthy(createReporter(options({ repositoryUrl: 'https://git.example.com/acme/config.git', apiUrl: 'https://git.example.com/api/v3' })));
});

const parses = (t: ExecutionContext, url: string, expected: string | undefined) => {
  const found = parseRepository(url);
  t.is(found && `${found.host} ${found.owner} ${found.repo}`, expected);
};
test('https', parses, 'https://github.com/acme/config.git', 'github.com acme config');
test('https without .git', parses, 'https://GitHub.com/acme/config', 'github.com acme config');
test(
  'https with a name, a port and a slash',
  parses,
  'https://me@git.example.com:8443/acme/my.config.git/',
  'git.example.com acme my.config',
);
test('ssh', parses, 'ssh://git@github.com/acme/config.git', 'github.com acme config');
test('host:path', parses, 'git@github.com:acme/config.git', 'github.com acme config');
test('a path has no Git host', parses, '/srv/git/config.git', undefined);
test('a deeper path', parses, 'https://gitlab.com/a/b/c.git', undefined);
test('dots for names', parses, 'https://github.com/../config', undefined);
