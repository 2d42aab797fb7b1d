import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import express, { Router } from 'express';
import { adminToken, serve } from '../api/serve.ts';
import { needing } from '../support/needing.ts';
import { door, start } from './windlass.ts';

const hookTest = needing('curl', 'openssl');

async function bareRepository(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-hook-'));
  t.teardown(() => rm(directory, { recursive: true, maxRetries: 5, retryDelay: 100 }));
  execFileSync('git', ['init', '--quiet', '--bare', join(directory, 'repo.git')]);
  return join(directory, 'repo.git');
}

hookTest('an installed hook tells the controller of a push', async (t) => {
  const repository = await bareRepository(t);
  const hooks = Router();
  const told = new Promise<string | undefined>((resolve) => {
    hooks.post('/config', express.json(), (request, response) => {
      resolve(request.body.changes[0].ref);
      response.sendStatus(202);
    });
  });
  const { url } = await serve(t, { hooks });
  const settings = { WINDLASS_URL: url, WINDLASS_ADMIN_TOKEN: adminToken };
  const { status, stdout } = await start(['hook', 'install', repository], settings).ended;
  t.is(stdout, `${repository}/hooks/post-receive tells ${url} of every push\n`);
  t.is(status, 0);
  const work = `${repository}-work`;
  execFileSync('git', ['clone', '--quiet', repository, work], { stdio: 'ignore' });
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  execFileSync('git', ['-C', work, ...identity, 'commit', '--quiet', '--allow-empty', '-m', 'First']);
  // Not synchronously: this process has to answer the hook.
  await promisify(execFile)('git', ['-C', work, 'push', '--quiet', 'origin', 'HEAD:main']);
  t.is(await told, 'refs/heads/main');
});

hookTest('an installed hook whose programs are not there says so', async (t) => {
  const { url } = await serve(t);
  const settings = { WINDLASS_URL: url, WINDLASS_ADMIN_TOKEN: adminToken };
  const repository = await bareRepository(t);
  const install = (env: Readonly<Record<string, string>>) => start(['hook', 'install', repository], { ...settings, ...env }).ended;
  const { status, stderr } = await install({ PATH: '/nonexistent' });
  t.is(status, 0);
  t.is(stderr, 'the hook needs curl and openssl, which PATH does not have here: without it no push reaches windlass\n');
  t.is((await install({})).stderr, '');
});

test.serial("somebody else's hook is left alone", async (t) => {
  const repository = await bareRepository(t);
  const hook = join(repository, 'hooks', 'post-receive');
  await writeFile(hook, '#!/bin/sh\necho mine\n');
  const { run } = await door(t);
  const { status, stderr } = await run('hook', 'install', repository);
  t.is(status, 1);
  t.true(stderr.includes(hook));
  t.is(await readFile(hook, 'utf8'), '#!/bin/sh\necho mine\n');
});

test.serial('show lists the repository, every source and who is told of outcomes, with where to enter it', async (t) => {
  const { run } = await door(t);
  const { stdout } = await run('hook', 'show');
  t.is(
    stdout,
    [
      'repository',
      '  URL           http://127.0.0.1:8420/hooks/config',
      '  content type  application/json',
      '  provider      standard',
      '  secret        whsec_c2VjcmV0',
      '  to enter at   on the machine of the repository: windlass hook install DIR',
      '',
      'source web-shop',
      '  URL           http://127.0.0.1:8420/hooks/web-shop',
      '  content type  application/json',
      '  provider      github',
      '  secret        none, so that everything is refused: set WINDLASS_SOURCE_WEB_SHOP_SECRET',
      '  to enter at   Settings > Webhooks > Add webhook: Payload URL, Content type, Secret, "Just the push event"',
      '  note          this address is of this machine alone: set WINDLASS_PUBLIC_URL to one that the Git host reaches',
      '',
      'source code',
      '  URL           http://127.0.0.1:8420/hooks/code',
      '  content type  application/json',
      '  provider      standard',
      '  secret        whsec_Y29kZQ',
      '  to enter at   on the machine of the repository: windlass hook install DIR --source code',
      '',
      'notifications',
      '  to           chat.example.com',
      '  signed with  whsec_bm90aWZ5',
      '',
    ].join('\n'),
  );
  t.like(JSON.parse((await run('hook', 'show', '--json')).stdout), { provider: 'standard', notify: { host: 'chat.example.com' } });
});

const notInstalled = async (t: ExecutionContext, source: string, message: string) => {
  const { run } = await door(t);
  const repository = await bareRepository(t);
  const { status, stderr } = await run('hook', 'install', repository, '--source', source);
  t.is(status, 1);
  t.true(stderr.includes(message), stderr);
};
test.serial(
  'a hook for a source that is not declared',
  notInstalled,
  'shop',
  'the repository declares no source shop; it has web-shop, code',
);
test.serial('a hook for a source of a Git host', notInstalled, 'web-shop', 'the provider of source web-shop is github');

test.serial('a hook for a source signs with the secret that the controller has for it', async (t) => {
  const { run } = await door(t);
  const repository = await bareRepository(t);
  t.is((await run('hook', 'install', repository, '--source', 'code')).status, 0);
  t.true((await readFile(join(repository, 'hooks', 'post-receive'), 'utf8')).includes('/hooks/code'));
});

test.serial('a repository of a Git host gets its webhooks from there', async (t) => {
  const { run, memory } = await door(t);
  const { hook } = memory.operations;
  Object.assign(memory.operations, { hook: async () => ({ ...(await hook()), provider: 'github' }) });
  const { status, stderr } = await run('hook', 'install', await bareRepository(t));
  t.is(status, 1);
  t.true(stderr.includes('WINDLASS_REPOSITORY_PROVIDER is github'));
});
