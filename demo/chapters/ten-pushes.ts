import { fetchText, look, untilServed, untouched } from '../outside.ts';
import { type Push, push, type Stage, settled } from '../stage.ts';
import { expect, seconds } from '../voice.ts';

const pushes = 10;

/** Somebody in a hurry: only the last push matters, and it is the one that ends up deployed. */
export async function tenPushes(stage: Stage): Promise<void> {
  const { voice, engine, repository, api, site } = stage;
  const before = await look(engine, 'shop', 'web');
  const pushed: Push[] = [];
  const from = performance.now();
  for (let number = 1; number <= pushes; number++) {
    await repository.edit('apps/shop/compose.yaml', (text) => text.replace(/greeting: .*/, `greeting: Push ${number} of ${pushes}`));
    pushed.push(await push(stage, `Greet with push ${number}`));
  }
  voice.did(`${pushes} times git push in ${seconds(performance.now() - from)}, each with another greeting`);
  const last = pushed.at(-1) ?? stage.start;
  await untilServed(before, '/', `Push ${pushes} of ${pushes}`);
  voice.saw(`the last of three containers served the last one ${seconds(performance.now() - last.at)} after its push`);
  const environment = await settled(stage, last, 'deployed');
  expect(environment.deployed === last.commit, 'the last commit is the deployed one');
  const commits = new Set(pushed.map(({ commit }) => commit));
  const { deployments } = await api.history();
  const taken = deployments.filter(({ commit, app }) => commits.has(commit) && app === 'shop');
  const states = [...new Set(taken.map(({ state }) => state))].map(
    (state) => `${taken.filter((one) => one.state === state).length} ${state}`,
  );
  voice.saw(`${pushes} pushes took ${taken.length} deployments (${states.join(', ')})`);
  expect(untouched(before, await look(engine, 'shop', 'web')), 'containers and main processes are the same as before');
  await untilServed(before, '/', `Push ${pushes} of ${pushes}`);
  const { text } = await fetchText(site);
  expect(text.startsWith(`Push ${pushes} of ${pushes}`), `${site} answers with the last push, not ${text.trim()}`);
  voice.proved(`commit ${last.commit.slice(0, 8)}, the last, is deployed; ${site} answers: ${text.trim()}`);
}
