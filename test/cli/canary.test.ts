import test from 'ava';
import { commit, earlier } from '../api/memory.ts';
import { door } from './windlass.ts';

const standing = {
  name: 'shop',
  commit,
  deployed: earlier,
  since: '2026-08-20T10:00:00.000Z',
  until: null,
  services: [{ name: 'web', containers: ['staging-shop-web-1'], of: 3 }],
};

for (const decision of ['continue', 'abort'] as const) {
  test.serial(`canary ${decision} shows what stands, and speaks of that very commit`, async (t) => {
    const { run, memory } = await door(t);
    memory.canaries = [standing];
    const { status, stdout, stderr } = await run('canary', decision, 'staging', '--yes');
    t.is(status, 0, stderr);
    t.regex(stderr, /^staging\/shop: staging-shop-web-1 of 3 at 4f0c2a9 since 2026-08-20 10:00:00Z, the others at 91be33f$/m);
    t.is(stdout, 'staging/shop deployed at 4f0c2a9\n');
    t.true(memory.asked.includes(`canary ${decision} staging {"shop":"${commit}"}`));
  });
}

test.serial('where no canary stands, it is said', async (t) => {
  const { run, memory } = await door(t);
  const { status, stderr } = await run('canary', 'continue', 'staging', '--app', 'shop');
  t.is(status, 1);
  t.regex(stderr, /no canary of staging\/shop stands/);
  t.deepEqual(
    memory.asked.filter((one) => one.startsWith('canary')),
    ['canary staging shop'],
  );
});

test.serial('what stands as it was asked for is no failure of a deploy', async (t) => {
  const { run, memory } = await door(t);
  const canary = { commit, since: standing.since, until: null, services: standing.services };
  memory.onDeploy = () => {
    memory.app = { ...memory.app, state: 'held', message: 'canary: 1 of 3 containers of web', canary };
  };
  const paused = await run('deploy', 'staging', '--app', 'shop');
  t.is(paused.status, 0, paused.stderr);
  t.is(paused.stdout, 'staging/shop held at 4f0c2a9: canary: 1 of 3 containers of web\n');
  const limit = { services: ['web'], containers: [], by: 'alice', at: standing.since };
  const held = async (reached: boolean) => {
    memory.onDeploy = () => {
      memory.app = { ...memory.app, state: 'held', message: 'limited', canary: null, limit: { ...limit, reached } };
    };
    return (await run('deploy', 'staging', '--app', 'shop', '--service', 'web')).status;
  };
  t.is(await held(true), 0);
  t.is(await held(false), 1);
});

test.serial('a limit is of one application, and not for variables', async (t) => {
  const { run } = await door(t);
  t.is((await run('deploy', 'staging', '--service', 'web')).status, 2);
  t.is((await run('deploy', 'staging', '--app', 'shop', '--container', 'c', '--set', 'a=b')).status, 2);
});

test.serial('plan shows what comes first, the pause, and what waits behind it or beyond a limit', async (t) => {
  const { run, memory } = await door(t);
  const step = (index: number, after?: 'canary' | 'limit') => ({
    kind: 'push-config' as const,
    name: `staging-shop-web-${index}`,
    host: 'web-1',
    reason: 'nginx.conf changed',
    ...(after === undefined ? {} : { after }),
  });
  const canary = { service: 'web', containers: ['staging-shop-web-1'], of: 3 };
  const shown = async (pause: number | 'manual') => {
    const steps = [step(1), step(2, 'canary'), step(3, 'limit')];
    memory.plan = { ...memory.plan, apps: [{ name: 'shop', steps, canaries: [{ ...canary, pause }], issues: [], waiting: [] }] };
    return (await run('plan', 'staging')).stdout;
  };
  t.is(
    await shown(90_000),
    `staging at 4f0c2a9: 3 steps

shop
  push-config  staging-shop-web-1  web-1  nginx.conf changed
  canary: 1 of 3 containers of web first, then a pause of 1m30s:
  push-config  staging-shop-web-2  web-1  nginx.conf changed
  not within the limit:
  push-config  staging-shop-web-3  web-1  nginx.conf changed
`,
  );
  t.regex(await shown('manual'), /canary: 1 of 3 containers of web first, then windlass canary continue:/);
  t.regex(await shown(0), /canary: 1 of 3 containers of web first:/);
});
