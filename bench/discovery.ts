/** `node dist/bench/discovery.js [EVENTS=100]`: see docs/performance.md. JSON on stdout, progress on stderr. */
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { inventoryChannel } from '../src/inventory/store.ts';
import { silentLog } from '../src/log.ts';
import { connect } from '../src/queue/redis.ts';
import { createWorld, type World } from '../test/support/world.ts';
import { countArgument, figures, machine, quantile, round, say } from './figures.ts';

const events = countArgument(1, 100);
const about = machine();
const labels = { 'windlass.environment': 'staging', 'windlass.app': 'shop', 'windlass.service': 'web' };
const port = 8080;

const files = {
  'windlass.yaml': 'version: 1\nenvironments: { staging: { branch: main } }\n',
  'apps/shop/members.mustache': '{{#services.web.containers}}{{name}} {{/services.web.containers}}\n',
  'apps/shop/compose.yaml': `x-windlass: { policy: mutable }
configs: { members: { file: ./members.mustache } }
services:
  reader:
    image: busybox:latest
    command: ["httpd", "-f", "-p", "8080", "-h", "/www"]
    init: true
    ports: ["${port}:8080"]
    configs: [{ source: members, target: /www/index.html }]
    deploy: { update_config: { monitor: 500ms } }
  web: { image: "busybox:latest", command: ["sleep", "100000"], init: true, stop_grace_period: 1s, deploy: { update_config: { monitor: 500ms } } }
`,
};

const world = await createWorld();
try {
  for (const [path, content] of Object.entries(files)) await world.repository.write(path, content);
  const commit = await world.repository.commit('first');
  await world.repository.push();
  await world.start('up');
  await world.api.ready();
  await world.api.deployed('staging', commit);
  const stranger = await world.engine.docker.createContainer({
    name: 'by-hand',
    Image: 'busybox:latest',
    Cmd: ['sleep', '9999'],
    Labels: labels,
  });
  await stranger.start();
  await served(world, 'by-hand');
  const toRedisMs = await eventsToRedis(world, stranger);
  const toFileMs = await eventToFile(world, stranger);
  process.stdout.write(`${JSON.stringify({ events, toRedisMs, toFileMs, machine: about }, null, 2)}\n`);
} finally {
  await world.stop();
}

/** From the engine's own time of an event to the agent's word that Redis has what it changed. */
async function eventsToRedis({ engine, directory }: World, stranger: Docker.Container) {
  const redis = connect(`unix://${directory}/state/redis.sock`, 'worker', silentLog);
  let told = (_: number): void => {};
  redis.on('message', () => told(Date.now()));
  await redis.subscribe(inventoryChannel);
  const stream = await engine.docker.getEvents({ filters: { type: ['container'], event: ['rename', 'start', 'die'] } });
  let happened = (_: number): void => {};
  stream.on('data', (line: Buffer) => happened(Number(JSON.parse(line.toString()).timeNano) / 1e6));
  const measured: number[] = [];
  const acts = [(n: number) => stranger.rename({ name: `renamed-${n}` }), () => stranger.kill(), () => stranger.start()];
  for (let n = 0; n < events; n++) {
    const at = new Promise<number>((resolve) => {
      happened = resolve;
    });
    const seen = new Promise<number>((resolve) => {
      told = resolve;
    });
    await acts[n % acts.length]?.(n);
    measured.push((await seen) - (await at));
    await sleep(300);
  }
  (stream as unknown as { destroy(): void }).destroy();
  redis.disconnect();
  await stranger.start().catch(() => {});
  say(`events to Redis: ${JSON.stringify(figures(measured))}`);
  return { ...figures(measured), p99: round(quantile(measured, 0.99)) };
}

/** From an event to the answer of a server whose file lists the container: `settle.min`, a plan and a push. */
async function eventToFile(world: World, stranger: Docker.Container) {
  const measured: number[] = [];
  for (let n = 0; n < 10; n++) {
    await sleep(3_000);
    await stranger.rename({ name: `listed-${n}` });
    const start = performance.now();
    await served(world, `listed-${n} `);
    measured.push(performance.now() - start);
  }
  say(`event to file: ${JSON.stringify(figures(measured))}`);
  return figures(measured);
}

async function served(world: World, text: string): Promise<void> {
  while (!(await world.http(port))?.body.includes(text)) await sleep(10);
}
