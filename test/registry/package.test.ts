import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { freePort } from '../../playground/free-port.ts';
import { checkout, connectApi } from '../../playground/windlass-process.ts';
import { startEngine, type TestEngine } from '../support/engine.ts';
import { createRepository } from '../support/git-server.ts';

const run = promisify(execFile);

/** What a stranger types into an empty folder; npm asks its registry for what windlass is built on. */
let folder = '';
let engine: TestEngine;
const environment = () => ({ PATH: process.env.PATH ?? '', HOME: folder });
const npx = (...args: readonly string[]) => run('npx', ['--no-install', ...args], { cwd: folder, env: environment() });

test.before('npm installs the package in an empty folder', async (t) => {
  t.timeout(240_000);
  folder = await mkdtemp(join(tmpdir(), 'windlass-installed-'));
  engine = await startEngine();
  const packing = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const [file = ''] = (await run('npm', packing, { cwd: checkout })).stdout.trim().split('\n').slice(-1);
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  await run('npm', ['install', '--no-audit', '--no-fund', join(folder, file)], { cwd: folder });
});

test.after.always('engine and folder go', async () => {
  await engine?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

test.serial('npx finds it, and it says which it is', async (t) => {
  const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as { version: string };
  t.is((await npx('windlass', '--version')).stdout, `${version}\n`);
});

test.serial('it makes a repository and finds no mistakes in it, nor in the example that it brings', async (t) => {
  await mkdir(join(folder, 'shop'));
  await writeFile(join(folder, 'shop', 'compose.yaml'), 'services:\n  web: { image: busybox, command: ["sleep", "1000"] }\n');
  await npx('windlass', 'init', 'made', '--from', 'shop', '--yes');
  for (const repository of ['made', 'node_modules/windlass/config-repo-example'])
    t.regex((await npx('windlass', 'validate', repository)).stderr, /no mistakes/);
});

test.serial('windlass up deploys a push', async (t) => {
  const compose = 'services:\n  web: { image: "busybox:latest", command: ["sleep", "1000"], init: true, stop_grace_period: 1s }\n';
  const declared = 'version: 1\nenvironments:\n  staging: { branch: main }\n';
  const repository = await createRepository(folder, 'config', { 'windlass.yaml': declared, 'apps/shop/compose.yaml': compose });
  const port = await freePort();
  const settings = {
    WINDLASS_STATE_DIR: join(folder, 'state'),
    WINDLASS_REPOSITORY: repository.bare,
    WINDLASS_LISTEN: `127.0.0.1:${port}`,
    WINDLASS_POLL: '1s',
    DOCKER_HOST: engine.dockerHost,
  };
  const up = spawn(join(folder, 'node_modules', '.bin', 'windlass'), ['up'], { env: { ...environment(), ...settings }, stdio: 'ignore' });
  const exited = new Promise((resolve) => up.once('exit', resolve));
  try {
    const api = connectApi(`http://127.0.0.1:${port}`, async () => (await readFile(join(folder, 'state', 'admin-token'), 'utf8')).trim());
    await api.deployed('staging', await repository.push({ 'apps/shop/compose.yaml': compose.replace('1000', '2000') }), 60_000);
    const [container] = await engine.docker.listContainers();
    t.is(container?.Command, 'sleep 2000');
  } finally {
    up.kill('SIGTERM');
    t.is(await exited, 0);
  }
});
