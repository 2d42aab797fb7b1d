import test from 'ava';
import { knownTerms } from '../../src/planning/leaving.ts';
import { createPlanner } from '../../src/workers/planner.ts';

const treeOf = (files: Readonly<Record<string, string>>) => ({
  commit: 'c'.repeat(40),
  entries: Object.keys(files).map((path) => ({ path, mode: '100644', oid: 'a'.repeat(40) })),
  files: new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)])),
});

const host = {
  name: 'one',
  address: '192.0.2.1',
  labels: {},
  cpus: 1,
  memory: 2 ** 30,
  engine: '20',
  session: 's',
  state: 'ready' as const,
  lastSeen: 0,
  joined: 0,
  containers: [],
  compose: [],
  images: [],
};

/** An environment whose one template reads a formula. */
async function load(planner: ReturnType<typeof createPlanner>, formula: string) {
  const tree = treeOf({
    'windlass.yaml': 'version: 1\nenvironments:\n  staging: { branch: main }\n',
    'apps/a/compose.yaml': `x-windlass:\n  variables:\n    text: { cel: ${JSON.stringify(formula)} }\nconfigs:\n  f: { file: ./f.mustache }\nservices:\n  web:\n    image: busybox\n    configs: [{ source: f, target: /f }]\n`,
    'apps/a/f.mustache': '{{text}}',
  });
  const { root } = await planner.ask({ kind: 'root', tree });
  const [environment] = root?.environments ?? [];
  if (!root || !environment) throw new Error('windlass.yaml of the test is wrong');
  await planner.ask({ kind: 'load', key: formula, input: { environment, root, trees: { config: tree } } });
  return () => planner.ask({ kind: 'decide', key: formula, app: 'a', hosts: [host], ownHost: 'one', secrets: {}, terms: knownTerms });
}

test('a formula that never ends is ended, and takes no other question with it', async (t) => {
  const planner = createPlanner(3_000);
  t.teardown(() => planner.close());
  const runaway = await load(planner, '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$") ? "x" : "y"');
  const fine = await load(planner, '"fine"');
  const [bad, behind] = await Promise.allSettled([
    runaway(),
    planner.ask({ kind: 'root', tree: treeOf({ 'windlass.yaml': 'version: 1\nenvironments:\n  e: { branch: b }\n' }) }),
  ]);
  t.is(bad.status, 'rejected');
  t.regex(String((bad as PromiseRejectedResult).reason), /never ends/);
  t.is(behind.status, 'fulfilled');
  t.deepEqual(await fine(), { unknownKey: true }, 'a new thread knows nothing yet');
});

test('a formula that throws is an issue at its place', async (t) => {
  const planner = createPlanner();
  t.teardown(() => planner.close());
  const decide = await load(planner, '"hello " + env.nothing');
  const answer = await decide();
  if ('unknownKey' in answer) return t.fail();
  t.is(answer.decision.issues.length, 1);
  t.is(answer.decision.issues[0]?.file, 'apps/a/compose.yaml');
});
