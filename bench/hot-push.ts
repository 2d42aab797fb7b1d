/** `node dist/bench/hot-push.js [N=20] [PUSHES=8]`: see docs/performance.md. JSON on stdout, progress on stderr. */
import type { DeploymentRecord } from '../src/model/deployment.ts';
import { pushDirectly } from './direct-push.ts';
import { countArgument, type Figures, figures, machine, round, say } from './figures.ts';
import { createNginxWorld, type NginxWorld, rest } from './nginx-world.ts';
import { untilAllServe } from './serving.ts';

const concurrencies = [2, 4, 8, 16] as const;

interface PushFigures {
  readonly gitPushMs: number;
  readonly to202Ms: number;
  readonly toFirstServingMs: number;
  readonly toLastServingMs: number;
  /** Until windlass says `deployed`, which is after it has watched every container. */
  readonly toDeployedMs: number;
  /** Of the steps, as the history has them. */
  readonly stepMs: Figures;
  /** Resident, of controller and agent in one process, once all of it is over. */
  readonly memoryMiB: number;
}

const n = countArgument(1, 20);
const pushes = countArgument(2, 8);
const about = machine();
say(`starting ${n} nginx containers with windlass`);
const site = await createNginxWorld(n);
try {
  const { Version: version } = await site.world.engine.docker.version();
  const measured: PushFigures[] = [];
  const floors = new Map<number, number[]>();
  await pushOnce(site, 'warm-up');
  await floorOnce(site, 'warm-up-floor', 4);
  for (let push = 1; push <= pushes; push++) {
    // Both in turn: whatever else the machine does falls on both.
    measured.push(await pushOnce(site, `release-${push}`));
    say(`push ${push} of ${pushes}: ${JSON.stringify(measured.at(-1))}`);
    const concurrency = concurrencies[(push - 1) % concurrencies.length] ?? 4;
    const floor = await floorOnce(site, `floor-${push}`, concurrency);
    floors.set(concurrency, [...(floors.get(concurrency) ?? []), floor]);
    say(`floor with ${concurrency} at a time: ${round(floor)} ms`);
  }
  process.stdout.write(`${JSON.stringify({ ...conclude(measured, floors), machine: { ...about, engine: version } }, null, 2)}\n`);
} finally {
  await site.world.stop();
}

function conclude(measured: readonly PushFigures[], floors: ReadonlyMap<number, readonly number[]>) {
  const byConcurrency = [...floors].map(([concurrency, values]) => ({ concurrency, ...figures(values) }));
  const best = byConcurrency.reduce((least, one) => (one.median < least.median ? one : least));
  const pushToLastServingMs = figures(measured.map(({ toLastServingMs }) => toLastServingMs));
  return {
    n,
    pushTo202Ms: figures(measured.map(({ to202Ms }) => to202Ms)),
    pushToLastServingMs,
    floorMs: best.median,
    floorConcurrency: best.concurrency,
    ratio: Math.round((pushToLastServingMs.median / best.median) * 100) / 100,
    skewMs: figures(measured.map(({ toFirstServingMs, toLastServingMs }) => toLastServingMs - toFirstServingMs)),
    memoryMiB: figures(measured.map(({ memoryMiB }) => memoryMiB)),
    pushes: measured,
    floors: byConcurrency,
  };
}

/** The clock starts with `git push`; the webhook leaves when that has returned. */
async function pushOnce({ world, servers, release, webhook, memoryMiB }: NginxWorld, name: string): Promise<PushFigures> {
  const commit = await release(name);
  await rest();
  const start = performance.now();
  await world.repository.push();
  const pushed = performance.now();
  await webhook(commit);
  const accepted = performance.now();
  const served = await untilAllServe(servers, name).catch(async (error: unknown) => {
    throw new Error(`windlass says: ${JSON.stringify(await deploymentsOf(world, commit))}`, { cause: error });
  });
  await world.api.deployed('staging', commit);
  const deployed = performance.now();
  return {
    gitPushMs: round(pushed - start),
    to202Ms: round(accepted - start),
    toFirstServingMs: round(served.first - start),
    toLastServingMs: round(served.last - start),
    toDeployedMs: round(deployed - start),
    stepMs: figures(stepTimes(await deploymentsOf(world, commit))),
    memoryMiB: round(await memoryMiB()),
  };
}

async function deploymentsOf({ api }: NginxWorld['world'], commit: string): Promise<readonly DeploymentRecord[]> {
  return (await api.history()).deployments.filter((deployment) => deployment.commit === commit);
}

function stepTimes(deployments: readonly DeploymentRecord[]): readonly number[] {
  const times = deployments.flatMap(({ steps }) =>
    steps.flatMap(({ kind, ms }) => (kind === 'push-config' && ms !== undefined ? [ms] : [])),
  );
  if (times.length === n) return times;
  throw new Error(`${times.length} config files were pushed, not ${n}; windlass says: ${JSON.stringify(deployments)}`);
}

async function floorOnce({ world, containers, servers, rendered }: NginxWorld, name: string, concurrency: number): Promise<number> {
  await rest();
  const start = performance.now();
  const [served] = await Promise.all([
    untilAllServe(servers, name),
    pushDirectly(world.engine.docker, containers, rendered(name), concurrency),
  ]);
  return served.last - start;
}
