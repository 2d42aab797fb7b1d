import type { Engine, EngineEvent } from '../../src/docker/engine.ts';
import type { Lifecycle } from '../../src/lifecycle.ts';
import type { HistoryDocument, LogDocument } from '../../src/model/documents.ts';
import { fetchText, lists, look, readFileOf, type Seen, serversIn, until } from '../outside.ts';
import { type Stage, settled } from '../stage.ts';
import { expect, seconds } from '../voice.ts';

/** What the engine says of its containers, from before the first is made. */
export async function watchEngine(engine: Engine, lifecycle: Lifecycle): Promise<readonly EngineEvent[]> {
  const events: EngineEvent[] = [];
  const stop = new AbortController();
  await new Promise<void>((resolve, reject) => {
    engine.events((event) => void events.push(event), stop.signal, resolve).catch(reject);
  });
  lifecycle.add('events', () => stop.abort());
  return events;
}

/** From nothing to a load balancer before three web servers and two of another application. */
export async function firstDeployment(stage: Stage, events: readonly EngineEvent[]): Promise<void> {
  const { voice, engine, api, site, start } = stage;
  const firstAnswer = until('an answer of the shop', async () => (await fetchText(site)).status === 200 && performance.now(), 900_000);
  firstAnswer.catch(() => {});
  const environment = await settled(stage, start, 'deployed');
  const everything = performance.now() - start.at;

  const { deployments } = await api.history();
  const steps = deployments.toReversed().flatMap((deployment) => deployment.steps);
  const built = new Map(
    steps.filter(({ kind, state }) => kind === 'build-image' && state === 'succeeded').map(({ name, ms }) => [name, ms ?? 0]),
  );
  expect(built.size === 4, `four images were built, not ${built.size}`);
  const cached = await usedCache(stage, deployments);
  voice.saw(
    `the chain was built: ${[...built].map(([name, ms]) => `${name} ${seconds(ms)}`).join(', ')}${cached ? ' (some of it from Docker’s build cache)' : ''}`,
  );

  const [[lb], web, catalog] = await Promise.all([look(engine, 'shop', 'lb'), look(engine, 'shop', 'web'), look(engine, 'catalog', 'web')]);
  expect(lb !== undefined && web.length === 3 && catalog.length === 2, 'one haproxy, three nginx of shop and two of catalog run');
  voice.saw(
    `the first page was served ${seconds((await firstAnswer) - start.at)} after windlass up, all was deployed after ${seconds(everything)}`,
  );

  for (const container of [lb, ...web]) expectOrder(container, events);
  voice.proved('haproxy and the three nginx were each created, given their configuration, and only then started (the engine’s own events)');
  const file = await until('the three in haproxy.cfg', async () => {
    const text = await readFileOf(engine, lb.id, '/etc/haproxy/haproxy.cfg');
    return lists(text, 'web', web) && lists(text, 'catalog', catalog) && text;
  });
  for (const [name, address] of serversIn(file, 'web')) voice.saw(`haproxy.cfg   server ${name} ${address}`);
  voice.proved('haproxy.cfg, read out of the container, lists the three at the addresses that the engine gave them');
  const { text } = await fetchText(site);
  expect(text.includes('Hello from staging-shop-web-'), `${site} greets, and does not answer ${JSON.stringify(text)}`);
  voice.proved(`${site} answers: ${text.trim()}`);
  expect(environment.deployed === start.commit, 'the environment is at the pushed commit');
}

function expectOrder({ name, id }: Seen, events: readonly EngineEvent[]): void {
  const at = (action: string) => events.findIndex((event) => event.id === id && event.action === action);
  const [created, configured, started] = [at('create'), at('extract-to-dir'), at('start')];
  expect(created >= 0 && created < configured && configured < started, `${name} was created, configured and then started`);
}

/** BuildKit says so in its log, where an earlier build on this engine had the same RUN or COPY. */
async function usedCache({ api }: Stage, deployments: HistoryDocument['deployments']): Promise<boolean> {
  const logs = await Promise.all(deployments.map(({ id }) => api.get<LogDocument>(`deployments/${id}/log`)));
  return logs.some(({ lines }) => lines.some(({ line }) => /^CACHED: \[\d+\/\d+\] (RUN|COPY) /.test(line)));
}
