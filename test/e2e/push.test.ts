import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { EnvironmentStatus } from '../../src/model/status-documents.ts';
import { comingAndGoing } from '../support/coming-and-going.ts';
import { createWorld, siteRepository } from '../support/world.ts';

const containersOf = (environment: EnvironmentStatus) =>
  environment.apps.flatMap(({ name, services }) =>
    services.flatMap((service) => service.containers.map((container) => ({ app: name, ...container }))),
  );

async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300 && !(await is()); tries++) await sleep(100);
}

/** What of a container would differ if it had been touched by more than a new file. */
const identities = (environment: EnvironmentStatus, app: string) =>
  containersOf(environment)
    .filter((container) => container.app === app)
    .map(({ name, startedAt, ip }) => ({ name, startedAt, ip }));

test('a push goes both ways: hot into running containers, or rebuilt and recreated', async (t) => {
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  const first = await world.repository.commit('first');
  await world.repository.push();
  let windlass = await world.start('up', { WINDLASS_DRIFT_INTERVAL: '1s' });
  await world.api.ready();

  const deployed = await world.api.deployed('staging', first);
  t.deepEqual(
    containersOf(deployed)
      .map(({ name, state, health }) => `${name} ${state} ${health}`)
      .sort(),
    [
      'staging-baked-fixed-1 running healthy',
      'staging-baked-migrate-1 exited none',
      'staging-baked-web-1 running healthy',
      'staging-baked-web-2 running healthy',
      'staging-site-reader-1 running none',
      'staging-site-web-1 running healthy',
      'staging-site-web-2 running healthy',
    ],
  );
  for (const { configs } of containersOf(deployed))
    for (const { desired, installed, loaded } of configs) t.true(desired === installed && installed === loaded);
  t.is(await world.exec('staging-site-web-1', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/'), 'hello 1 from staging-site-web-1\n');
  const members = await world.exec('staging-site-reader-1', 'cat', '/etc/members');
  t.deepEqual(
    members
      .split('\n')
      .map((line) => line.split(' ')[0])
      .filter(Boolean)
      .sort(),
    ['staging-baked-web-1', 'staging-baked-web-2', 'staging-site-web-1', 'staging-site-web-2'],
  );

  await t.notThrowsAsync(hotPush());
  await t.notThrowsAsync(drift());
  await t.notThrowsAsync(lostState());
  await t.notThrowsAsync(rebuild());
  await t.notThrowsAsync(refusal());
  await t.notThrowsAsync(tenPushes());
  await t.notThrowsAsync(comingAndGoing(t, world));
  await t.notThrowsAsync(leaving());

  async function hotPush() {
    const before = await world.api.settled('staging', first);
    // One change, and the script of the repository that makes it take effect.
    await world.repository.write('apps/site/reload.sh', '#!/bin/sh\ncat /www/index.html >>/tmp/reloaded\n');
    await world.repository.edit('apps/site/compose.yaml', (text) =>
      text.replace('hello 1', 'hello 2').replace('  on_config_change:\n', '  on_config_change:\n    action: { script: ./reload.sh }\n'),
    );
    const second = await world.repository.commit('second');
    await world.repository.push();
    const after = await world.api.deployed('staging', second);
    t.deepEqual(identities(after, 'site'), identities(before, 'site'));
    t.is(await world.exec('staging-site-web-2', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/'), 'hello 2 from staging-site-web-2\n');
    t.is(await world.exec('staging-site-web-2', 'cat', '/tmp/reloaded'), 'hello 2 from staging-site-web-2\n');
    const [newest] = (await world.api.history()).deployments;
    t.deepEqual(
      newest?.steps.map(({ kind, state }) => `${kind} ${state}`),
      ['push-config succeeded', 'push-config succeeded'],
    );
  }

  async function drift() {
    const target = '/www/index.html';
    const read = () => world.exec('staging-site-web-1', 'cat', target);
    const change = () => world.exec('staging-site-web-1', 'sh', '-c', `echo theirs >${target}`);
    await change();
    await until(async () => (await read()) === 'hello 2 from staging-site-web-1\n');
    await until(async () => (await world.api.history()).deployments[0]?.state === 'succeeded');
    const [repair] = (await world.api.history()).deployments;
    t.is(repair?.trigger, 'drift');
    t.deepEqual(
      repair?.steps.map(({ kind, name, reason, state }) => `${kind} ${name} ${state}: ${reason}`),
      ['push-config staging-site-web-1 succeeded: index.html was changed in the container'],
    );

    await world.repository.write('environments/staging.yaml', 'apps: { site: { drift: report } }\n');
    const reporting = await world.repository.commit('report drift');
    await world.repository.push();
    await world.api.settled('staging', reporting);
    await change();
    const site = async () => (await world.api.status()).environments[0]?.apps.find(({ name }) => name === 'site');
    await until(async () => (await site())?.message !== '');
    t.like(await site(), {
      state: 'deployed',
      message: `${target} in staging-site-web-1 was changed by somebody else; windlass deploy puts it right`,
    });
    t.regex((await world.cli('diff', 'staging')).stdout, /^-theirs\n\+hello 2 from staging-site-web-1$/m);
    t.is((await world.cli('deploy', 'staging', '--yes')).status, 0);
    t.is(await read(), 'hello 2 from staging-site-web-1\n');
    t.is((await site())?.message, '');
  }

  async function lostState() {
    const before = (await world.api.status()).environments[0];
    await windlass.stop();
    await rm(world.settings.WINDLASS_STATE_DIR ?? '', { recursive: true });
    windlass = await world.start('up', { WINDLASS_DRIFT_INTERVAL: '1s' });
    await world.api.ready();
    const after = await world.api.settled('staging', before?.wanted ?? '');
    t.is(after.state, 'deployed', JSON.stringify(after.apps.map(({ message }) => message)));
    const facts = (environment: EnvironmentStatus) =>
      containersOf(environment).map(({ name, startedAt, configs }) => ({ name, startedAt, configs }));
    if (before) t.deepEqual(facts(after), facts(before), 'desired, installed and loaded are found again, and nothing was started');
  }

  async function rebuild() {
    await world.repository.write('images/page/index.html', 'baked 2\n');
    const third = await world.repository.commit('third');
    await world.repository.push();
    const after = await world.api.deployed('staging', third);
    t.is(await world.exec('staging-baked-web-1', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/'), 'baked 2\n');
    const addresses = containersOf(after)
      .filter(({ app, name }) => app === 'baked' && name.includes('web'))
      .map(({ name, ip }) => `${name} ${ip}`);
    const listed = async () =>
      (await world.exec('staging-site-reader-1', 'cat', '/etc/members'))
        .split('\n')
        .filter((line) => line.includes('baked'))
        .sort();
    await until(async () => (await listed()).join() === addresses.join());
    t.deepEqual(await listed(), addresses);
  }

  async function refusal() {
    const before = await world.api.status();
    const check = ['sh', '-c', 'grep -q hello "$$0" || { echo "no greeting in $$0:1"; exit 1; }', '{{staged}}'];
    await world.repository.edit('apps/site/compose.yaml', (text) =>
      text.replace('hello 2', 'goodbye').replace('["grep", "-q", "hello", "{{staged}}"]', () => JSON.stringify(check)),
    );
    const bad = await world.repository.commit('bad');
    await world.repository.push();
    const after = await world.api.settled('staging', bad);
    t.is(after.state, 'failed');
    t.regex(after.apps.find(({ name }) => name === 'site')?.message ?? '', /refused/);
    const refused = (await world.api.history()).deployments.find(({ commit }) => commit === bad);
    t.regex(JSON.stringify(refused?.steps), /no greeting in \/www\/index.html:1 \(apps\/site\/index.html.mustache:1\)/);
    const known = before.environments[0];
    if (known) t.deepEqual(identities(after, 'site'), identities(known, 'site'));
    t.is(await world.exec('staging-site-web-1', 'cat', '/www/index.html'), 'hello 2 from staging-site-web-1\n');
    t.is((await world.exec('staging-site-web-1', 'ls', '-A', '/www')).trim(), 'index.html');
  }

  async function tenPushes() {
    let last = '';
    for (let n = 1; n <= 10; n++) {
      await world.repository.edit('apps/site/compose.yaml', (text) => text.replace(/greeting: .*\}/, `greeting: hello push ${n} }`));
      last = await world.repository.commit(`push ${n}`);
      await world.repository.push();
    }
    await world.api.deployed('staging', last);
    t.is(await world.exec('staging-site-web-1', 'cat', '/www/index.html'), 'hello push 10 from staging-site-web-1\n');
  }

  async function leaving() {
    const names = async () =>
      (await world.engine.docker.listContainers({ all: true })).map(({ Names: [name = ''] }) => name.slice(1)).sort();
    const remove = async (app: string) => {
      await rm(join(world.repository.work, 'apps', app), { recursive: true });
      const commit = await world.repository.commit(`without ${app}`);
      await world.repository.push();
      return world.api.settled('staging', commit);
    };
    await world.repository.edit('apps/site/members.mustache', (text) => text.slice(0, text.indexOf('{{#apps.baked')));
    const half = await remove('baked');
    t.is(half.state, 'deployed', 'half of the environment may go');
    t.deepEqual(
      half.apps.map(({ name }) => name),
      ['site'],
    );
    const remaining = containersOf(half)
      .map(({ name }) => name)
      .sort();
    t.deepEqual(remaining, ['staging-site-reader-1', 'staging-site-web-1', 'staging-site-web-2']);
    t.deepEqual(await names(), remaining);
    t.notRegex(await world.exec('staging-site-reader-1', 'cat', '/etc/members'), /baked/);

    const held = await remove('site');
    t.is(held.state, 'held');
    t.regex(held.apps[0]?.message ?? '', /3 of 3 containers of staging would be removed.*windlass deploy staging --yes/);
    t.deepEqual(await names(), remaining);
    t.is((await world.cli('deploy', 'staging')).status, 1, 'nobody has agreed to anything');
    t.deepEqual(await names(), remaining);
    t.is((await world.cli('deploy', 'staging', '--yes')).status, 0);
    t.deepEqual(await names(), []);
    t.deepEqual((await world.api.status()).environments[0]?.apps, []);
  }
});
