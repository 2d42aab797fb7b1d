/** `node dist/bench/availability.js [SECONDS=60] [PUSHES=20]`: see docs/performance.md. JSON on stdout, progress on stderr. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createWorld, type World } from '../test/support/world.ts';
import type { AvailabilityResult } from './availability-load.ts';
import { countArgument, type Figures, figures, machine, quantile, round, say } from './figures.ts';

const rate = 1000;
const connections = 50;
/** LB_PORT of the example. */
const publicPort = 8000;
const compose = 'apps/shop/compose.yaml';
const example = fileURLToPath(new URL('../../config-repo-example', import.meta.url));

const seconds = countArgument(1, 60);
const pushes = countArgument(2, 20);
const about = machine();
say('building the example and starting it with windlass');
const world = await createWorld({ from: example, debian: true });
try {
  await deploy(world);
  const results: Record<string, unknown> = {};
  for (const keepAlive of [true, false]) {
    const quiet = await during(world, keepAlive, () => sleep(seconds * 1000));
    say(`keep-alive ${keepAlive ? 'on' : 'off'}, undisturbed: ${JSON.stringify(summary(quiet.load))}`);
    const pushed = await during(world, keepAlive, () => pushAll(world, keepAlive ? 'on' : 'off'));
    say(`keep-alive ${keepAlive ? 'on' : 'off'}, ${pushes} pushes: ${JSON.stringify(summary(pushed.load))}`);
    results[keepAlive ? 'keepAlive' : 'noKeepAlive'] = {
      undisturbed: summary(quiet.load),
      pushed: { ...summary(pushed.load), pushes, toDeployedMs: pushed.value },
    };
  }
  process.stdout.write(`${JSON.stringify({ rate, connections, ...results, machine: about }, null, 2)}\n`);
} finally {
  await world.stop();
}

/** The example as it is: haproxy before three nginx. */
async function deploy({ repository, api, start }: World): Promise<void> {
  const first = await repository.commit('Start').catch(() => repository.git('rev-parse', 'HEAD'));
  await repository.push();
  await start('up');
  await api.ready();
  const { state, apps } = await api.settled('staging', first, 600_000);
  if (state !== 'deployed') throw new Error(`staging is ${state}: ${apps.map(({ message }) => message).join('; ')}`);
}

/** Has clients ask all the while something is done. */
async function during<T>({ engine }: World, keepAlive: boolean, work: () => Promise<T>): Promise<{ load: AvailabilityResult; value: T }> {
  const program = fileURLToPath(new URL('./availability-load.js', import.meta.url));
  const asking = [engine.address, publicPort, rate, connections, keepAlive].map(String);
  const clients = fork(program, asking, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (!clients.stdout) throw new Error('the clients have no output');
  const printed = text(clients.stdout);
  try {
    await sleep(500);
    const value = await work();
    clients.send('stop');
    await once(clients, 'close');
    return { load: JSON.parse(await printed) as AvailabilityResult, value };
  } finally {
    clients.kill();
  }
}

/**
 * One push after the other, each deployed before the next, spread over the time or, where windlass takes longer, over as much as they take.
 */
async function pushAll({ repository, api }: World, name: string): Promise<Figures> {
  const times: number[] = [];
  const start = performance.now();
  for (let push = 1; push <= pushes; push++) {
    await repository.edit(compose, (text) =>
      text.replace(/greeting: .*/, `greeting: Hello ${name} ${push}`).replace(/maxconn: .*/, `maxconn: ${2000 + push}`),
    );
    const commit = await repository.commit(`Push ${push}`);
    const pushed = performance.now();
    await repository.push();
    const { state, apps } = await api.settled('staging', commit);
    if (state !== 'deployed') throw new Error(`push ${push} ended ${state}: ${apps.map(({ message }) => message).join('; ')}`);
    const { deployments } = await api.history();
    const steps = deployments.find((one) => one.commit === commit)?.steps.filter(({ kind }) => kind === 'push-config') ?? [];
    if (steps.length !== 4) throw new Error(`push ${push} changed ${steps.length} files, not haproxy's and three of nginx`);
    times.push(performance.now() - pushed);
    await sleep(Math.max(0, start + (push * seconds * 1000) / pushes - performance.now()));
  }
  return figures(times);
}

function summary({ seconds: took, answeredMs, failed, connections: opened }: AvailabilityResult) {
  return {
    seconds: round(took),
    requests: answeredMs.length + failed.length,
    failed: failed.length,
    failures: failed.slice(0, 20),
    connections: opened,
    p50Ms: round(quantile(answeredMs, 0.5)),
    p99Ms: round(quantile(answeredMs, 0.99)),
    maxMs: round(quantile(answeredMs, 1)),
  };
}
