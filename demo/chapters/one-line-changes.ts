import { fetchText, lists, look, readFileOf, type Seen, serversIn, until, untilServed, untouched } from '../outside.ts';
import { push, type Stage, settled } from '../stage.ts';
import { startTraffic } from '../traffic.ts';
import { expect, seconds } from '../voice.ts';

interface Effect {
  /** Push to the last container serving the new text. */
  readonly ms: number;
  readonly containers: number;
  readonly replaced: number;
}

/** The same kind of change, one line, to an application of either policy; with requests going on all the while. */
export async function oneLineChanges(stage: Stage): Promise<void> {
  const { voice, site } = stage;
  const endTraffic = startTraffic([`${site}/`, `${site}/catalog`]);
  const mutable = await changeGreeting(stage);
  const immutable = await changeEdition(stage);
  const { answered, failures } = await endTraffic();
  voice.saw('one line each, side by side:');
  voice.table([
    ['', 'mutable: greeting', 'immutable: edition'],
    ['push to last container serving it', seconds(mutable.ms), seconds(immutable.ms)],
    ['containers replaced', `${mutable.replaced} of ${mutable.containers}`, `${immutable.replaced} of ${immutable.containers}`],
  ]);
  expect(failures.length === 0, `no request failed; of ${answered + failures.length} these did:\n${failures.slice(0, 5).join('\n')}`);
  voice.proved(
    `${answered} requests went through haproxy meanwhile, on a connection each: ${answered} answered, ${failures.length} failed`,
  );
}

async function changeGreeting(stage: Stage): Promise<Effect> {
  const { voice, engine, repository, site } = stage;
  const before = [...(await look(engine, 'shop', 'web')), ...(await look(engine, 'shop', 'lb'))];
  const web = before.filter(({ name }) => name.includes('-web-'));
  await repository.edit('apps/shop/compose.yaml', (text) => text.replace('greeting: Hello', 'greeting: Good morning'));
  const pushed = await push(stage, 'Greet for the morning');
  voice.did('git push: "greeting: Good morning" in apps/shop/compose.yaml (shop is mutable)');
  await untilServed(web, '/', 'Good morning');
  const ms = performance.now() - pushed.at;
  voice.saw(`the last of three containers served it ${seconds(ms)} after the push`);
  await settled(stage, pushed, 'deployed');
  const after = [...(await look(engine, 'shop', 'web')), ...(await look(engine, 'shop', 'lb'))];
  expect(untouched(before, after), 'containers, start times and main processes of shop are the same as before');
  for (const { name, id, startedAt, pid } of web)
    voice.saw(`${name}   id ${id.slice(0, 12)}   started ${startedAt.slice(11, 23)}   pid ${pid}`);
  voice.proved('docker inspect: the same ids, start times and main processes as before the push');
  const { text } = await fetchText(site);
  expect(text.includes('Good morning'), `${site} greets for the morning`);
  voice.proved(`${site} answers: ${text.trim()}`);
  return { ms, containers: web.length, replaced: replaced(before, after) };
}

async function changeEdition(stage: Stage): Promise<Effect> {
  const { voice, engine, repository, site } = stage;
  const before = await look(engine, 'catalog', 'web');
  const [lb] = await look(engine, 'shop', 'lb');
  await repository.edit('images/catalog/index.html', (text) => text.replace('Edition 1', 'Edition 2'));
  const pushed = await push(stage, 'Print the second edition');
  voice.did('git push: "Edition 2" in images/catalog/index.html (catalog is immutable)');
  const old = new Set(before.map(({ id }) => id));
  const after = await until('two new containers of catalog', async () => {
    const now = await look(engine, 'catalog', 'web');
    return now.length === before.length && now.every(({ id }) => !old.has(id)) && now;
  });
  await untilServed(after, '/catalog', 'Edition 2');
  const ms = performance.now() - pushed.at;
  await settled(stage, pushed, 'deployed');
  const running = await look(engine, 'catalog', 'web');
  const { deployments } = await stage.api.history();
  const steps = deployments.filter(({ commit, app }) => commit === pushed.commit && app === 'catalog').flatMap((one) => one.steps);
  for (const { kind, name, ms: took } of steps.filter(({ state }) => state === 'succeeded'))
    voice.saw(`${kind} ${name} ${seconds(took ?? 0)}`);
  voice.saw(`the last of two containers served it ${seconds(ms)} after the push`);
  expect(lb !== undefined, 'haproxy runs');
  const file = await until('the new ones in haproxy.cfg', async () => {
    const text = await readFileOf(engine, lb.id, '/etc/haproxy/haproxy.cfg');
    return lists(text, 'catalog', running) && text;
  });
  for (const [name, address] of serversIn(file, 'catalog')) voice.saw(`haproxy.cfg   server ${name} ${address}`);
  const now = await look(engine, 'shop', 'lb');
  expect(untouched([lb], now), 'haproxy is the same container and process as before');
  voice.proved('haproxy.cfg lists the new containers and no other, in the same haproxy container and main process');
  const { text } = await fetchText(`${site}/catalog`);
  expect(text.includes('Edition 2'), `${site}/catalog shows the second edition`);
  voice.proved(`${site}/catalog shows Edition 2`);
  return { ms, containers: running.length, replaced: replaced(before, running) };
}

const replaced = (before: readonly Seen[], after: readonly Seen[]): number =>
  after.filter(({ id }) => before.every((one) => one.id !== id)).length;
