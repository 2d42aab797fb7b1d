import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { HistoryDocument } from '../../src/model/documents.ts';
import { composeMade, composeUp } from '../support/compose-project.ts';
import { createWorld, type World } from '../support/world.ts';

const stepsOf = async (world: World, commit: string): Promise<string[]> => {
  const { stdout } = await world.cli('history', '--json');
  const { deployments }: HistoryDocument = JSON.parse(stdout);
  return deployments
    .filter((one) => one.commit === commit)
    .flatMap(({ steps }) => steps.map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`));
};

const inspect = async ({ engine }: World, name: string) => {
  const { Id, State } = await engine.docker.getContainer(name).inspect();
  return { id: Id, startedAt: State.StartedAt };
};

/** Of another project, with a service of the same name. */
async function startStranger({ engine: { docker } }: World): Promise<void> {
  const Labels = {
    'com.docker.compose.project': 'other',
    'com.docker.compose.service': 'db',
    'com.docker.compose.container-number': '1',
    'com.docker.compose.oneoff': 'False',
  };
  const made = await docker.createContainer({ Image: 'busybox:latest', Cmd: ['sleep', '1000'], name: 'other-db-1', Labels });
  await made.start();
}

test('a running Compose project is taken over: what is as declared stays, the rest is recreated with its volumes', async (t) => {
  const world = await createWorld();
  t.teardown(world.stop);
  const ids = await composeUp(world.engine);
  const before = { db: await inspect(world, 'shop-db-1'), files: await inspect(world, 'shop-files-1') };
  await world.exec('shop-db-1', 'sh', '-c', 'echo kept > /data/kept');
  await startStranger(world);
  const stranger = await inspect(world, 'other-db-1');

  const { repository } = world;
  await repository.write('windlass.yaml', 'version: 1\nenvironments:\n  staging: { branch: main }\n');
  await repository.write('apps/shop/compose.yaml', await readFile(join(composeMade, 'compose.yaml'), 'utf8'));
  await repository.write('apps/shop/.env', await readFile(join(composeMade, 'env'), 'utf8'));
  await repository.write('environments/staging.yaml', 'apps: { shop: { adopt: shop, policy: mutable } }\n');
  // One service is not as Compose runs it.
  await repository.edit('apps/shop/compose.yaml', (text) => text.replace('    init: true\n', ''));
  const first = await repository.commit('Take over');
  await repository.push();
  for (const point of ['adopt:renamed', 'adopt:noted']) {
    const dying = await world.start('up', { WINDLASS_FAULT: point });
    t.is(await dying.exited, 'SIGKILL', `${point} was not passed`);
  }
  const up = await world.start('up');
  await world.api.ready();
  await world.api.deployed('staging', first);

  const told = new Set(await stepsOf(world, first));
  const once = [
    'adopt-container staging-shop-db-1: Compose started it as shop-db-1, and it is as declared',
    'adopt-container staging-shop-files-1: Compose started it as shop-files-1, and it is as declared',
    'recreate-container staging-shop-web-1: init: true → false; stops first: it holds port 8000 of the host',
  ];
  t.deepEqual([...told].filter((step) => once.includes(step)).sort(), once);
  // What was planned again behind a death; how far it had come by then is not the same each time.
  const again = / (staging-shop-db-1|staging-shop-files-1): (Compose started it, and it is as declared|it has not been seen to stay up)$/;
  t.deepEqual(
    [...told].filter((step) => !once.includes(step) && !again.test(step)),
    [],
  );
  t.deepEqual(await inspect(world, 'staging-shop-db-1'), before.db, 'the same container, never stopped');
  t.deepEqual(await inspect(world, 'staging-shop-files-1'), before.files);
  t.not((await inspect(world, 'staging-shop-web-1')).id, ids.web);
  t.is((await world.engine.docker.listContainers({ all: true })).length, 4, 'nothing is left over');

  const deployedAgain = async () => {
    const { status, stdout, stderr } = await world.cli('deploy', 'staging', '--yes');
    t.is(status, 0, stdout + stderr);
    t.is((await world.cli('plan', 'staging', '--detailed-exitcode')).status, 0);
  };
  // The same again is no work.
  await deployedAgain();
  t.deepEqual(await inspect(world, 'staging-shop-db-1'), before.db);

  // An agent that lost what it knew finds it out again.
  await up.stop();
  await rm(join(world.directory, 'state', 'agent'), { recursive: true });
  await world.start('up');
  await world.api.ready();
  await world.api.settled('staging', first);
  await deployedAgain();
  t.deepEqual(await inspect(world, 'staging-shop-db-1'), before.db);
  t.deepEqual(await inspect(world, 'staging-shop-files-1'), before.files);

  // A config file is pushed into a container that Compose made.
  await repository.write('apps/shop/note.mustache', 'hello from {{container.name}}\n');
  await repository.edit('apps/shop/compose.yaml', (text) =>
    text
      .replace('    hostname: filer\n', '    hostname: filer\n    configs: [{ source: note, target: /scratch-data/note }]\n')
      .concat('configs: { note: { file: ./note.mustache } }\n'),
  );
  const second = await repository.commit('A note');
  await repository.push();
  await world.api.deployed('staging', second);
  t.is(await world.exec('staging-shop-files-1', 'cat', '/scratch-data/note'), 'hello from staging-shop-files-1\n');
  t.deepEqual(await inspect(world, 'staging-shop-files-1'), before.files);

  // A change makes an ordinary container of an adopted one, on the volume with its data.
  await repository.edit('apps/shop/compose.yaml', (text) => text.replace('unless-stopped', 'always'));
  const third = await repository.commit('Another policy');
  await repository.push();
  await world.api.deployed('staging', third);
  t.not((await inspect(world, 'staging-shop-db-1')).id, before.db.id);
  t.is(await world.exec('staging-shop-db-1', 'cat', '/data/kept'), 'kept\n');
  const volumes = await world.engine.docker.listVolumes();
  t.deepEqual(
    volumes.Volumes.map(({ Name }) => Name).filter((name) => !/^[0-9a-f]{64}$/.test(name)),
    ['shop_data'],
  );

  // Its container could not be made again without what is in a volume that has no name.
  await repository.edit('apps/shop/compose.yaml', (text) => text.replace('tier: front', 'tier: back'));
  await repository.commit('Would lose data');
  await repository.push();
  const refused = await world.api.settled('staging', await repository.git('rev-parse', 'HEAD'));
  t.is(refused.state, 'failed');
  t.deepEqual(await inspect(world, 'other-db-1'), stranger);
  t.regex(refused.apps[0]?.message ?? '', /has data in a volume without a name at \/scratch-data/);
  t.deepEqual(await inspect(world, 'staging-shop-files-1'), before.files);
});
