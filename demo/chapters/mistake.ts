import { readFile } from 'node:fs/promises';
import type { Engine } from '../../src/docker/engine.ts';
import { fetchText, look, readFileOf, type Seen } from '../outside.ts';
import { push, type Stage, settled } from '../stage.ts';
import { startTraffic } from '../traffic.ts';
import { expect, seconds } from '../voice.ts';

/** A typing error in a template reaches production's doorstep, and no further. */
export async function mistake(stage: Stage): Promise<void> {
  const { voice, engine, repository, api, site } = stage;
  const before = await snapshot(engine);
  const endTraffic = startTraffic([`${site}/`]);
  await repository.edit('templates/nginx.conf.mustache', (text) => text.replace('worker_connections', 'worker_conections'));
  const wrong = await push(stage, 'Allow more connections');
  voice.did('git push: "worker_conections" in templates/nginx.conf.mustache, a directive that nginx does not know');
  await settled(stage, wrong, 'failed');
  voice.saw(`refused ${seconds(performance.now() - wrong.at)} after the push; windlass history says:`);
  const { deployments } = await api.history();
  const refused = deployments.find(({ commit, app }) => commit === wrong.commit && app === 'shop');
  expect(refused?.state === 'failed', `history has the deployment as failed, not ${refused?.state}`);
  voice.saw(refused.message);
  expect(/unknown directive "worker_conections"/.test(refused.message), 'the message has nginx’s own words');
  const after = await snapshot(engine);
  expect(JSON.stringify(after.containers) === JSON.stringify(before.containers), 'containers and main processes are the same');
  expect(JSON.stringify(after.files) === JSON.stringify(before.files), 'nginx.conf has the same bytes in every container');
  expect(JSON.stringify(after.workers) === JSON.stringify(before.workers), 'nginx’s worker processes are the same: nobody reloaded it');
  const workers = after.workers.flat().length;
  voice.proved(
    `nothing changed: ids, start times, main processes, the bytes of nginx.conf${workers > 0 ? `, and all ${workers} worker processes` : ''}`,
  );
  const { status, text } = await fetchText(site);
  expect(status === 200, `${site} still serves`);
  voice.proved(`${site} still answers: ${text.trim()}`);

  await repository.git('revert', '--no-edit', 'HEAD');
  const reverted = await push(stage, 'Say why');
  voice.did('git revert HEAD, git push');
  await settled(stage, reverted, 'deployed');
  const { answered, failures } = await endTraffic();
  voice.saw(`deployed ${seconds(performance.now() - reverted.at)} after the push: there was nothing to undo`);
  expect(JSON.stringify(await snapshot(engine)) === JSON.stringify(before), 'the way back changed nothing either');
  expect(failures.length === 0, `no request failed:\n${failures.slice(0, 5).join('\n')}`);
  voice.proved(`${answered} requests meanwhile: ${answered} answered, ${failures.length} failed`);
}

async function snapshot(engine: Engine) {
  const containers = await look(engine, 'shop', 'web');
  return {
    containers,
    files: await Promise.all(containers.map(({ id }) => readFileOf(engine, id, '/etc/nginx/nginx.conf'))),
    workers: await Promise.all(containers.map(workersOf)),
  };
}

/** nginx replaces them at every reload. None where the kernel does not tell. */
async function workersOf({ pid }: Seen): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim().split(' ').filter(Boolean);
}
