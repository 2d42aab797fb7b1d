import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { createGitRepository } from '../../playground/git-repository.ts';
import { windlass } from '../../playground/windlass-process.ts';
import { createGitServer } from '../support/git-server.ts';
import { startReceiver } from '../support/receiver.ts';
import { createWorld, siteRepository, type World } from '../support/world.ts';

const run = promisify(execFile);

/** A push as GitHub would tell it, really signed; the answer's status. */
async function githubPush(world: World, after: string, secret: string, delivery: string = randomUUID()): Promise<number> {
  const body = JSON.stringify({ ref: 'refs/heads/main', before: '0'.repeat(40), after, repository: { full_name: 'acme/config' } });
  const response = await fetch(`${world.url}/hooks/config`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': delivery,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  });
  return response.status;
}

interface Status {
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly target_url: string;
}

/** The part of GitHub's API that is used, as a server that remembers; `down` makes it answer 502. */
async function startGithubApi() {
  const statuses: { sha: string; status: Status }[] = [];
  const state = { down: false };
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sha = /^\/repos\/acme\/config\/statuses\/([0-9a-f]{40})$/.exec(request.url ?? '')?.[1];
    if (state.down || sha === undefined) return void response.writeHead(state.down ? 502 : 404).end('{}');
    statuses.push({ sha, status: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
    response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return { statuses, state, port: (server.address() as AddressInfo).port, close: () => server.close() };
}

const page1 = (world: World) => world.exec('staging-site-web-1', 'cat', '/www/index.html').catch(() => '');

const eventually = async <T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> => {
  for (let tries = 0; tries < 300; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within 30 s`);
};

/** Every file of a folder, as a test repository takes them. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = names.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path), 'utf8')] as const)));
}

test('GitHub and a receiver are told the outcome; when they are away nothing waits for them', async (t) => {
  const secret = 'It is a secret to everybody';
  const api = await startGithubApi();
  const receiver = await startReceiver(secret, (response) => void response.writeHead(api.state.down ? 502 : 200).end());
  const host = await createGitServer({ address: '0.0.0.0' });
  const world = await createWorld();
  t.teardown(async () => {
    await world.stop();
    await host.close();
    api.close();
    receiver.close();
  });
  const files = await filesOf(siteRepository);
  const config = await host.create('acme/config', files);
  const first = await config.git('rev-parse', 'HEAD');
  const settings = {
    WINDLASS_REPOSITORY: host.url('acme/config').replace('127.0.0.1', world.engine.gateway),
    WINDLASS_REPOSITORY_PROVIDER: 'github',
    WINDLASS_REPOSITORY_TOKEN: 'ghp_test',
    WINDLASS_REPOSITORY_API_URL: `http://${world.engine.gateway}:${api.port}`,
    WINDLASS_WEBHOOK_SECRET: secret,
    WINDLASS_NOTIFY_URL: `http://${world.engine.gateway}:${receiver.port}/`,
    WINDLASS_NOTIFY_SECRET: secret,
    WINDLASS_POLL: '10m',
  };
  const windlassUp = await world.start('up', settings);
  await world.api.ready();
  await world.api.deployed('staging', first);
  const told = (sha: string, state: string) =>
    eventually(() => api.statuses.find((one) => one.sha === sha && one.status.state === state)?.status, `${state} for ${sha}`);
  t.is((await told(first, 'pending')).context, 'windlass/staging');
  const success = await told(first, 'success');
  t.regex(success.description, /^deployed 7 containers in \d+\.\d s: 2 images built, 7 recreated$/);
  t.true(success.target_url.startsWith(`${world.url}/deployments/`));
  t.is((await fetch(success.target_url)).status, 401, 'the page asks who it is');
  const token = (await world.cli('token')).stdout.trim();
  const signedIn = await fetch(`${world.url}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ token, path: '/' }),
    redirect: 'manual',
  });
  const seen = await fetch(success.target_url, { headers: { cookie: signedIn.headers.get('set-cookie') ?? '' } });
  t.regex(await seen.text(), /<td>recreate-container</);

  t.is(await githubPush(world, first, 'a wrong secret'), 401);
  const page = 'apps/site/index.html.mustache';
  const refused = await config.push({ [page]: 'no greeting here\n' });
  const delivery = randomUUID();
  t.is(await githubPush(world, refused, secret, delivery), 202);
  await world.api.settled('staging', refused);
  const failure = await told(refused, 'failure');
  t.regex(failure.description, /refused/);
  t.is(await githubPush(world, refused, secret, delivery), 202, 'what failed may be delivered again');
  await world.api.settled('staging', refused);

  api.state.down = true;
  const fixed = await config.push({ [page]: 'hello again from {{container.name}}\n' });
  const good = randomUUID();
  t.is(await githubPush(world, fixed, secret, good), 202);
  await world.api.deployed('staging', fixed);
  t.is(await world.exec('staging-site-web-1', 'cat', '/www/index.html'), 'hello again from staging-site-web-1\n');
  t.is(await githubPush(world, fixed, secret, good), 200, 'what was deployed is not deployed twice');
  api.state.down = false;
  t.regex((await told(fixed, 'success')).description, /^deployed 2 containers in \d+\.\d s: 2 hot-pushed$/);

  const ended = (await world.api.history()).deployments.map(({ id, state }) => `deployment_${id} deployment.${state}`);
  const taken = () => [...new Set(receiver.received.map(({ id, notification }) => `${id} ${notification.type}`))];
  await eventually(() => (taken().length === ended.length ? true : undefined), 'an outcome for each deployment');
  t.deepEqual(taken().sort(), ended.sort());
  t.true(receiver.received.every(({ proven }) => proven));
  t.true(receiver.received.some(({ notification }) => notification.data.commit === refused && /refused/.test(notification.data.message)));

  // Now the repository itself is away, and windlass starts without it.
  host.intercept((request) => void request.destroy());
  await windlassUp.stop();
  await run('docker', ['-H', world.engine.dockerHost, 'rm', '-f', 'staging-site-web-1']);
  await world.start('up', settings);
  await world.api.ready();
  await eventually(
    async () => ((await page1(world)) === 'hello again from staging-site-web-1\n' ? true : undefined),
    'the container, from the last good clone',
  );
  const [clone] = (await world.api.status()).repositories;
  t.regex(clone?.message ?? '', /^cannot reach http:/);
  t.true(Date.parse(clone?.fetchedAt ?? '') < Date.now());
  t.regex((await world.cli('status')).stdout, /config +http:\S+ +\d+[smh] ago +cannot reach http:/);
  // Nobody tells of this push, and no poll is due: the fetch that failed is tried again.
  const back = await config.push({ [page]: 'hello after all\n' });
  host.intercept(undefined);
  await world.api.deployed('staging', back);
  t.is((await world.api.status()).repositories[0]?.message, '');
});

test("a push to a source rebuilds the image made from it, while another application's hot push goes out", async (t) => {
  const world = await createWorld({ from: siteRepository });
  const code = await createGitRepository(join(world.directory, 'code'));
  t.teardown(world.stop);
  await code.write(
    'Dockerfile',
    'FROM busybox:latest\nRUN mkdir -p /www\nCOPY index.html /www/\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n',
  );
  await code.write('index.html', 'code 1\n');
  await code.commit('first');
  await code.push();
  await world.repository.edit(
    'windlass.yaml',
    (text) =>
      `${text.replace('{ name: page, context: images/page }', '{ name: page, source: code, context: . }')}sources:\n  code: { url: "${code.bare}", branch: main, provider: standard }\n`,
  );
  const first = await world.repository.commit('first');
  await world.repository.push();
  const sourceSecret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
  const settings = { WINDLASS_POLL: '10m', WINDLASS_SOURCE_CODE_SECRET: sourceSecret };
  await world.start('up', settings);
  await world.api.ready();
  await world.api.deployed('staging', first);
  t.is((await world.cli('hook', 'install', world.repository.bare, '--yes')).status, 0);
  t.is((await windlass({ ...world.settings, ...settings }, 'hook', 'install', code.bare, '--source', 'code', '--yes')).status, 0);

  // A slow build, and a hot push right behind it.
  await code.write(
    'Dockerfile',
    'FROM busybox:latest\nRUN mkdir -p /www\nRUN echo building slowly; sleep 8; echo built\nCOPY index.html /www/\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n',
  );
  await code.write('index.html', 'code 2\n');
  await code.commit('second');
  await code.push();
  const building = await eventually(
    async () => (await world.api.history()).deployments.find(({ app, state }) => app === 'baked' && state === 'running'),
    'a build',
  );
  await world.repository.edit('apps/site/compose.yaml', (text) => text.replace('hello 1', 'hello during the build'));
  await world.repository.commit('hot');
  await world.repository.push();
  await eventually(
    async () => ((await world.exec('staging-site-web-1', 'cat', '/www/index.html')).startsWith('hello during') ? true : undefined),
    'the hot push',
  );
  const still = await world.api.get<{ deployment: { state: string } }>(`deployments/${building.id}`);
  t.not(still.deployment.state, 'succeeded', 'the build is still running');

  await eventually(
    async () => ((await world.exec('staging-baked-web-2', 'cat', '/www/index.html').catch(() => '')) === 'code 2\n' ? true : undefined),
    'the rebuilt image',
  );
  const lines: string[] = [];
  for (const { id } of (await world.api.history()).deployments.filter(({ app }) => app === 'baked')) {
    lines.push((await world.cli('show', id)).stdout);
  }
  t.true(
    lines.some((text) => text.includes('building slowly')),
    'the log of the build is kept line by line',
  );
});
