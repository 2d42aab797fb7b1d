import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { importDebian } from '../../playground/debian-image.ts';
import { startEngine, type TestEngine } from '../support/engine.ts';

const main = fileURLToPath(new URL('../../demo/main.js', import.meta.url));

/** The demo with --once as a process on the engine's host; `on` is told all that it has said so far. */
function tell(engine: TestEngine, state: string, on: (said: string, kill: () => void) => void = () => {}) {
  const env = { PATH: process.env.PATH, HOME: state, XDG_STATE_HOME: state, DOCKER_HOST: engine.dockerHost };
  const child = spawn('nsenter', [`--net=/run/netns/${engine.namespace}`, process.execPath, main, '--once'], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      on(said, () => child.kill('SIGKILL'));
    });
  }
  return new Promise<{ status: number | null; said: string }>((resolve) => child.once('exit', (status) => resolve({ status, said })));
}

async function left({ docker }: TestEngine) {
  const [containers, networks, images] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listImages(),
  ]);
  return {
    containers: containers.flatMap(({ Names }) => Names),
    networks: networks.map(({ Name }) => Name).sort(),
    images: images.flatMap(({ RepoTags }) => RepoTags ?? []).sort(),
  };
}

test('the demo tells its story as it happens, clears what a killed one left, and leaves nothing itself', async (t) => {
  t.timeout(8 * 60_000);
  const engine = await startEngine();
  t.teardown(engine.stop);
  const state = await mkdtemp(join(tmpdir(), 'windlass-demo-test-'));
  t.teardown(() => rm(state, { recursive: true, force: true }));
  await importDebian(engine.docker, t.log);
  const before = await left(engine);

  const killed = await tell(engine, state, (said, kill) => said.includes('windlass hook install') && kill());
  t.is(killed.status, null);
  t.deepEqual(await readdir(state), ['windlass-demo']);

  const { status, said } = await tell(engine, state);
  t.is(status, 0, said);
  const claims = [
    /clearing what a demo has left/,
    ...['acme/base', 'acme/nginx', 'acme/haproxy', 'catalog'].map((name) => new RegExp(`the chain was built: .*${name}:latest [0-9.]+ s`)),
    /each created, given their configuration, and only then started/,
    /✓ haproxy\.cfg, read out of the container, lists the three/,
    /answers: Hello from staging-shop-web-/,
    /✓ docker inspect: the same ids, start times and main processes/,
    /containers replaced +0 of 3 +2 of 2/,
    /✓ (\d+) requests went through haproxy .*: \1 answered, 0 failed/,
    /unknown directive "worker_conections"/,
    /✓ nothing changed: ids, start times, main processes, the bytes of nginx\.conf/,
    /10 pushes took \d+ deployments? \(/,
    /✓ commit [0-9a-f]{8}, the last, is deployed; .* answers: Push 10 of 10 from/,
    /WINDLASS_URL=\S+ WINDLASS_STATE_DIR=\S+ \S+\/bin\/windlass status/,
    /the containers, networks, images and folders of the demo are gone/,
  ];
  for (const claim of claims) t.regex(said, claim);
  t.deepEqual(await left(engine), before);
  t.deepEqual(await readdir(state), []);
});

test('an engine with containers of windlass is not played on', async (t) => {
  const engine = await startEngine();
  t.teardown(engine.stop);
  const state = await mkdtemp(join(tmpdir(), 'windlass-demo-test-'));
  t.teardown(() => rm(state, { recursive: true, force: true }));
  await engine.docker.createContainer({ name: 'theirs', Image: 'busybox:latest', Labels: { 'windlass.environment': 'production' } });
  const before = await left(engine);
  const { status, said } = await tell(engine, state);
  t.is(status, 1);
  t.regex(said, /containers of windlass that no demo made \(theirs\)/);
  t.deepEqual(await left(engine), before);
  t.deepEqual(await readdir(state), []);
});
