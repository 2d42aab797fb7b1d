import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { freePort } from '../../playground/free-port.ts';
import { createGitRepository } from '../../playground/git-repository.ts';
import { connectApi, startWindlass, type WindlassProcess, windlass } from '../../playground/windlass-process.ts';
import { joinEngines, startEngine, type TestEngine } from '../support/engine.ts';
import { standardHeaders } from '../support/webhook-sender.ts';
import { siteRepository } from '../support/world.ts';

const run = promisify(execFile);

const webhookSecret = 'known to the Git host';

/** A push as windlass's own hook sends it. */
async function deliver(port: number, commit: string, id: string): Promise<void> {
  const body = JSON.stringify({ ref: 'refs/heads/main', before: '0'.repeat(40), after: commit });
  const headers = standardHeaders(body, { id, timestamp: String(Math.floor(Date.now() / 1000)), key: Buffer.from(webhookSecret) });
  const response = await fetch(`http://127.0.0.1:${port}/hooks/config`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  if (response.status !== 202) throw new Error(`the push was answered with ${response.status}: ${await response.text()}`);
}

/** One container on each host, the first on edge-1; the word says what becomes of it on web-1. */
const pair = `
  pair:
    image: busybox:latest
    command: ["sleep", "100000"]
    init: true
    stop_grace_period: 1s
    configs: [{ source: pair, target: /etc/pair }]
    deploy: { mode: global, update_config: { monitor: 100ms } }
    x-windlass:
      variables: { word: calm }
      on_config_change:
        check: ["sh", "-c", "! grep -q 'refuse on web-1' $$0", "{{staged}}"]
        verify: { exec: ["sh", "-c", "! grep -q 'break on web-1' /etc/pair"], within: 1s }
`;

const hosts = `
hosts:
  edge-1: { labels: { role: edge, windlass.builder: "true" } }
  web-1: { labels: { role: web } }
`;

test('a controller and two agents deploy an application that spans two hosts', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-hosts-'));
  const [edge, web] = await Promise.all([startEngine(), startEngine()]);
  const redisPort = await freePort();
  const redis = spawn(
    'redis-server',
    [
      '--port',
      String(redisPort),
      '--bind',
      '0.0.0.0',
      '--requirepass',
      'secret-of-the-test',
      '--dir',
      directory,
      '--appendonly',
      'yes',
      '--save',
      '',
    ],
    { stdio: 'ignore' },
  );
  const running: WindlassProcess[] = [];
  t.teardown(async () => {
    await Promise.all(running.map((one) => one.stop()));
    redis.kill('SIGKILL');
    await Promise.all([edge.stop(), web.stop()]);
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  await joinEngines(edge, web);

  const repository = await createGitRepository(directory, siteRepository);
  await repository.write('windlass.yaml', `${await repository.read('windlass.yaml')}${hosts}`);
  await repository.edit('apps/site/compose.yaml', (text) =>
    `${text}${pair}`
      .replace('configs:', 'configs:\n  pair: { file: ./pair.mustache }')
      .replace('    deploy: { replicas: 2 }', '    deploy: { replicas: 2, placement: { constraints: ["node.labels.role == web"] } }')
      .replace(
        'deploy: { update_config: { monitor: 500ms } }',
        'deploy: { placement: { constraints: ["node.labels.role == edge"] }, update_config: { monitor: 500ms } }',
      ),
  );
  await repository.edit('apps/baked/compose.yaml', (text) =>
    text.replaceAll('    deploy: { replicas: 2 }', '    deploy: { replicas: 1, placement: { constraints: ["node.labels.role == web"] } }'),
  );
  await repository.write(
    'apps/site/members.mustache',
    '{{#services.web.containers}}\n{{name}} {{endpoints.8080.address}}:{{endpoints.8080.port}}\n{{/services.web.containers}}\n',
  );
  await repository.write('apps/site/pair.mustache', '{{word}} on {{host.name}}\n');
  const first = await repository.commit('first');
  await repository.push();

  const port = await freePort();
  const environmentOf = (engine: TestEngine, host: string) => ({
    WINDLASS_STATE_DIR: join(directory, host),
    WINDLASS_REDIS_URL: `redis://:secret-of-the-test@${host === 'controller' ? '127.0.0.1' : engine.gateway}:${redisPort}`,
    WINDLASS_URL: `http://${host === 'controller' ? '127.0.0.1' : engine.gateway}:${port}`,
    PATH: process.env.PATH ?? '',
  });
  const controllerSettings = {
    ...environmentOf(edge, 'controller'),
    WINDLASS_REPOSITORY: repository.bare,
    WINDLASS_LISTEN: `0.0.0.0:${port}`,
    // Webhooks alone bring the pushes after the first.
    WINDLASS_POLL: '1h',
    WINDLASS_WEBHOOK_SECRET: webhookSecret,
  };
  const start = async (command: 'controller' | 'agent', engine: TestEngine, host: string, fault = '') => {
    const settings =
      command === 'controller'
        ? controllerSettings
        : { ...environmentOf(engine, host), WINDLASS_HOST: host, WINDLASS_HOST_ADDRESS: engine.address, DOCKER_HOST: engine.dockerHost };
    const started = await startWindlass(
      command,
      { ...settings, WINDLASS_FAULT: fault },
      join(directory, `${host}.log`),
      command === 'agent' ? ['nsenter', `--net=/run/netns/${engine.namespace}`] : [],
    );
    running.push(started);
    return started;
  };
  await start('controller', edge, 'controller');
  await start('agent', edge, 'edge-1');
  for (const point of ['image:fetching', 'image:loaded']) {
    const dying = await start('agent', web, 'web-1', point);
    t.is(await dying.exited, 'SIGKILL', `${point} was not passed`);
  }
  const agent = await start('agent', web, 'web-1');
  const api = connectApi(`http://127.0.0.1:${port}`, async () =>
    (await readFile(join(directory, 'controller', 'admin-token'), 'utf8')).trim(),
  );
  await api.ready();

  const deployed = await api.settled('staging', first).catch(async (error: unknown) => {
    const logs = await Promise.all(['controller', 'edge-1', 'web-1'].map((name) => readFile(join(directory, `${name}.log`), 'utf8')));
    throw new Error(`${error}\n${logs.map((log) => log.slice(-3000)).join('\n')}`);
  });
  t.is(deployed.state, 'deployed', JSON.stringify(deployed.apps.map(({ message }) => message)));
  const placed = deployed.apps
    .flatMap(({ services }) => services.flatMap(({ containers }) => containers.map(({ name, host }) => `${name} on ${host}`)))
    .sort();
  t.deepEqual(placed, [
    'staging-baked-fixed-1 on edge-1',
    'staging-baked-migrate-1 on edge-1',
    'staging-baked-web-1 on web-1',
    'staging-site-pair-1 on edge-1',
    'staging-site-pair-2 on web-1',
    'staging-site-reader-1 on edge-1',
    'staging-site-web-1 on web-1',
    'staging-site-web-2 on web-1',
  ]);

  const inReader = async (...argv: string[]) =>
    (await run('docker', ['-H', edge.dockerHost, 'exec', 'staging-site-reader-1', ...argv])).stdout;
  const members = (await inReader('cat', '/etc/members'))
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  t.deepEqual(
    members.map(([name]) => name),
    ['staging-site-web-1', 'staging-site-web-2'],
  );
  for (const [name, endpoint] of members) {
    t.true(endpoint?.startsWith(`${web.address}:`), `${endpoint} is not the other host's address`);
    t.is(await inReader('wget', '-q', '-O', '-', `http://${endpoint}/`), `hello 1 from ${name}\n`);
  }

  await agent.kill();
  await repository.edit('apps/site/compose.yaml', (text) => text.replace('hello 1', 'hello 2'));
  const second = await repository.commit('second');
  await repository.push();
  const again = await start('agent', web, 'web-1');
  await deliver(port, second, 'the-second-push');
  await api.deployed('staging', second);
  for (const [name, endpoint] of members) t.is(await inReader('wget', '-q', '-O', '-', `http://${endpoint}/`), `hello 2 from ${name}\n`);

  // One id, from the delivery to the steps of the agent.
  const saying = async (process: string) => {
    const lines = (await readFile(join(directory, `${process}.log`), 'utf8'))
      .split('\n')
      .filter((line) => line.includes('the-second-push'));
    return new Set(lines.map((line) => (JSON.parse(line) as { msg: string }).msg));
  };
  // The status is written before the line is.
  for (let tries = 0; tries < 100 && !(await saying('controller')).has('push ended'); tries++) await sleep(100);
  const controller = await saying('controller');
  for (const message of ['webhook answered', 'source fetched', 'deployment started', 'deployment ended', 'push ended'])
    t.true(controller.has(message), `${message} is not among ${[...controller].join(', ')}`);
  t.true((await saying('web-1')).has('step ended'));

  const doctor = await windlass(controllerSettings, 'doctor');
  t.is(doctor.status, 0, doctor.stdout + doctor.stderr);
  for (const found of [
    /ok +webhook/,
    /host edge-1\n +ok +agents/,
    /host web-1\n +ok +agents/,
    /ok +repository +what it declares has no mistakes/,
  ])
    t.regex(doctor.stdout, found);
  t.false(doctor.stdout.includes(webhookSecret) || doctor.stdout.includes('secret-of-the-test'));

  const { stdout, status } = await windlass(controllerSettings, 'hosts', '--json');
  t.is(status, 0);
  t.deepEqual(
    (JSON.parse(stdout) as { hosts: { name: string; state: string }[] }).hosts.map(({ name, state }) => `${name} ${state}`),
    ['edge-1 ready', 'web-1 ready'],
  );

  const pairOf = async () => {
    const read = (engine: TestEngine, name: string) =>
      run('docker', ['-H', engine.dockerHost, 'exec', name, 'sh', '-c', 'cat /etc/pair; stat -c %i /etc/pair']);
    const both = await Promise.all([read(edge, 'staging-site-pair-1'), read(web, 'staging-site-pair-2')]);
    return both.map(({ stdout }) => stdout);
  };
  const say = async (from: string, to: string) => {
    await repository.edit('apps/site/compose.yaml', (text) => text.replace(`word: ${from}`, `word: ${to}`));
    const commit = await repository.commit(to);
    await repository.push();
    await deliver(port, commit, `the-push-of-${to}`);
    return { commit, outcome: (await api.settled('staging', commit)).apps.find(({ name }) => name === 'site') };
  };
  const last = async () => (await api.history()).deployments.find(({ app }) => app === 'site');
  const calm = await pairOf();
  const { outcome: refused } = await say('calm', 'refuse');
  t.is(refused?.state, 'failed');
  t.regex(refused?.message ?? '', /staging-site-pair-2/);
  t.deepEqual(await pairOf(), calm, 'what one host refuses leaves no trace on the other: the very same files');
  t.is((await last())?.state, 'failed');

  const { outcome: broken } = await say('refuse', 'break');
  t.is(broken?.state, 'failed');
  t.deepEqual(
    (await pairOf()).map((text) => text.split('\n')[0]),
    ['calm on edge-1', 'calm on web-1'],
  );
  t.is((await last())?.state, 'rolled-back');
  t.deepEqual(
    (await last())?.steps.map(({ name, host, state }) => `${name} on ${host} ${state}`),
    ['staging-site-pair-1 on edge-1 succeeded', 'staging-site-pair-2 on web-1 undone', 'staging-site-pair-1 on edge-1 succeeded'],
    'the wave that failed on one host took back the wave before it on the other',
  );
  t.is((await say('break', 'calm')).outcome?.state, 'deployed');

  // A canary on one host, which a person takes back, and then one that the other host follows.
  const words = async () => (await pairOf()).map((text) => text.split('\n')[0]);
  await repository.edit('apps/site/compose.yaml', (text) =>
    text.replace('variables: { word: calm }', 'canary: { containers: 1, pause: manual }\n      variables: { word: calm }'),
  );
  const { outcome: aborted } = await say('calm', 'careful');
  t.like(aborted, { state: 'held', canary: { services: [{ name: 'pair', containers: ['staging-site-pair-1'], of: 2 }] } });
  t.deepEqual(await words(), ['careful on edge-1', 'calm on web-1']);
  t.is((await windlass(controllerSettings, 'canary', 'abort', 'staging', '--yes')).status, 0);
  t.deepEqual(await words(), ['calm on edge-1', 'calm on web-1']);
  t.is((await say('careful', 'bold')).outcome?.state, 'held');
  t.deepEqual(await words(), ['bold on edge-1', 'calm on web-1']);
  t.is((await windlass(controllerSettings, 'canary', 'continue', 'staging', '--yes')).status, 0);
  t.deepEqual(await words(), ['bold on edge-1', 'bold on web-1']);

  // No webhook tells of this push: who deploys one application of it alone leaves the other where it is.
  await repository.edit('apps/site/compose.yaml', (text) =>
    text.replace('canary: { containers: 1, pause: manual }\n      ', '').replace('word: bold', 'word: plain'),
  );
  const untold = await repository.commit('untold');
  await repository.push();
  t.is((await windlass(controllerSettings, 'deploy', 'staging', '--app', 'baked', '--yes')).status, 0);
  const leftAlone = await api.settled('staging', untold);
  t.deepEqual(
    leftAlone.apps.map(({ name, state, deployed: at }) => `${name} ${state} ${at === untold}`),
    ['baked deployed true', 'site held false'],
  );
  t.deepEqual(await words(), ['bold on edge-1', 'bold on web-1']);
  t.is((await windlass(controllerSettings, 'deploy', 'staging', '--app', 'site', '--yes')).status, 0);
  t.deepEqual(await words(), ['plain on edge-1', 'plain on web-1']);

  await again.kill();
  const anywhere = (text: string) => text.replace(', placement: { constraints: ["node.labels.role == web"] }', '');
  await repository.edit('apps/site/compose.yaml', (text) => anywhere(text).replace('hello 2', 'hello 3'));
  await repository.edit('apps/baked/compose.yaml', anywhere);
  await repository.edit('apps/site/compose.yaml', (text) => text.replace('word: plain', 'word: brave'));
  const third = await repository.commit('anywhere');
  await repository.push();
  await deliver(port, third, 'the-third-push');
  const forget = () => windlass(controllerSettings, 'hosts', 'forget', 'web-1', '--yes');
  t.regex((await forget()).stderr, /the agent of host web-1 answers: stop it first/);
  const waiting = await api.settled('staging', third);
  t.is(waiting.state, 'held');
  t.regex(waiting.apps.find(({ name }) => name === 'site')?.message ?? '', /waiting for web-1/);
  t.regex(await inReader('cat', '/etc/members'), /staging-site-web-1 /, 'nobody knows that they are gone');
  t.regex((await pairOf())[0] ?? '', /^plain on edge-1/, 'no container of the new revision is touched before all hosts are there');
  t.is((await forget()).status, 0);
  const hostsOf = async () => {
    const { state, apps } = await api.settled('staging', third);
    const all = apps.flatMap(({ services }) => services.flatMap(({ containers }) => containers.map(({ name, host }) => `${name} ${host}`)));
    return `${state}: ${all
      .filter((one) => one.includes('-web-'))
      .sort()
      .join(', ')}`;
  };
  const moved = 'deployed: staging-baked-web-1 edge-1, staging-site-web-1 edge-1, staging-site-web-2 edge-1';
  t.is(await eventually(hostsOf, moved), moved);
  await start('agent', web, 'web-1');
  const left = async () => (await web.docker.listContainers({ all: true })).map(({ Names }) => Names.join()).join();
  const onEach = '/staging-site-pair-2';
  t.is(await eventually(left, onEach), onEach, 'what has been placed elsewhere is not doubled when the host is back');
  t.is(await hostsOf(), moved);
});

/** What it answers once it is `expected`, or after a minute. */
async function eventually(look: () => Promise<string>, expected: string): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    if ((await look()) === expected) break;
    await sleep(200);
  }
  return look();
}
