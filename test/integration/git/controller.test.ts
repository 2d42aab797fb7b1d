import { access, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { freePort } from '../../../playground/free-port.ts';
import { connectApi, startWindlass, untilReady } from '../../../playground/windlass-process.ts';
import { openRepository } from '../../../src/git/repository.ts';
import { createGitServer, type TestRepository } from '../../support/git-server.ts';
import { repositoryOptions, systemGit } from '../../support/repository-options.ts';
import { createSshServer } from '../../support/ssh-server.ts';
import { createAuthority } from '../../support/tls-authority.ts';

const test = anyTest as TestFn<{ directory: string }>;
test.beforeEach(async (t) => {
  t.context.directory = await mkdtemp(join(tmpdir(), 'windlass-git-host-'));
});
test.afterEach.always((t) => rm(t.context.directory, { recursive: true, force: true }));

const declarations = { 'windlass.yaml': 'environments: { staging: { branch: main } }\n' };

/** Starts the controller as a process of its own with these settings; what its status says once `look` finds something. */
async function controller(t: ExecutionContext<{ directory: string }>, settings: Readonly<Record<string, string>>) {
  const { directory } = t.context;
  const port = await freePort();
  const state = join(directory, 'state');
  const environment = { WINDLASS_STATE_DIR: state, WINDLASS_LISTEN: `127.0.0.1:${port}`, WINDLASS_POLL: '1s', ...settings };
  const running = await startWindlass('controller', environment, join(directory, 'log'));
  t.teardown(() => running.stop());
  const api = connectApi(`http://127.0.0.1:${port}`, async () => (await readFile(join(state, 'admin-token'), 'utf8')).trim());
  await untilReady(api, running);
  type Status = Awaited<ReturnType<typeof api.status>>;
  return async <Found>(look: (status: Status) => Found | undefined): Promise<Found> => {
    for (;;) {
      const found = look(await api.status());
      if (found !== undefined) return found;
      await setTimeout(100);
    }
  };
}

/** The first commit and a push after it are found. */
async function follows(t: ExecutionContext<{ directory: string }>, settings: Readonly<Record<string, string>>, repository: TestRepository) {
  const until = await controller(t, settings);
  const wanted = (commit: string) => until(({ environments }) => environments.find((one) => one.wanted === commit));
  await wanted(await repository.git('rev-parse', 'HEAD'));
  const pushed = await wanted(await repository.push({ 'apps/shop/compose.yaml': 'services: { web: { image: busybox } }\n' }));
  t.deepEqual(
    pushed.apps.map(({ name }) => name),
    ['shop'],
  );
}

/** A PATH with redis-server on it and nothing else. */
async function pathWithoutGit(directory: string): Promise<string> {
  const folder = join(directory, 'bin');
  await mkdir(folder);
  for (const found of (process.env.PATH ?? '').split(delimiter).map((one) => join(one, 'redis-server'))) {
    if (
      await access(found).then(
        () => true,
        () => false,
      )
    )
      await symlink(found, join(folder, 'redis-server')).catch(() => {});
  }
  return folder;
}

async function tlsServer(t: ExecutionContext<{ directory: string }>) {
  const { caFile, key, cert } = await createAuthority(t.context.directory);
  const server = await createGitServer({ tls: { key, cert } });
  t.teardown(() => server.close());
  return { caFile, url: server.url('config'), repository: await server.create('config', declarations) };
}

test("a Git host with a certificate of one's own authority is followed by the machine's git", async (t) => {
  const { caFile, url, repository } = await tlsServer(t);
  await follows(t, { WINDLASS_REPOSITORY: url, NODE_EXTRA_CA_CERTS: caFile }, repository);
});

test('and where the machine has no git', async (t) => {
  const { caFile, url, repository } = await tlsServer(t);
  const path = await pathWithoutGit(t.context.directory);
  await follows(t, { WINDLASS_REPOSITORY: url, NODE_EXTRA_CA_CERTS: caFile, PATH: path }, repository);
});

test('a certificate that nobody vouches for is refused', async (t) => {
  const { url } = await tlsServer(t);
  for (const git of [await systemGit(), undefined]) {
    const opened = openRepository({
      ...repositoryOptions,
      location: url,
      directory: join(t.context.directory, 'clone'),
      git,
      provider: 'standard',
    });
    await t.throwsAsync(opened.fetch(), { message: /certificate/ });
  }
});

test('a repository behind SSH is followed', async (t) => {
  const server = await createSshServer();
  t.teardown(() => server.close());
  const repository = await server.create('config', declarations);
  await follows(t, { WINDLASS_REPOSITORY: server.url('config'), WINDLASS_REPOSITORY_SSH_KEY_FILE: server.keyFile }, repository);
});
