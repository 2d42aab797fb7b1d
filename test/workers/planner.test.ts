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

/** A repository whose one template reads a formula. */
const repositoryWith = (formula: string) =>
  treeOf({
    'windlass.yaml': 'version: 1\nenvironments:\n  staging: { branch: main }\n',
    'apps/a/compose.yaml': `x-windlass:\n  variables:\n    text: { cel: ${JSON.stringify(formula)} }\nconfigs:\n  f: { file: ./f.mustache }\nservices:\n  web:\n    image: busybox\n    configs: [{ source: f, target: /f }]\n`,
    'apps/a/f.mustache': '{{text}}',
  });

async function load(planner: ReturnType<typeof createPlanner>, formula: string) {
  const tree = repositoryWith(formula);
  const { root } = await planner.ask({ kind: 'root', tree });
  const [environment] = root?.environments ?? [];
  if (!root || !environment) throw new Error('windlass.yaml of the test is wrong');
  await planner.ask({ kind: 'load', key: formula, input: { environment, root, trees: { config: tree } } });
  return () => planner.ask({ kind: 'decide', key: formula, app: 'a', hosts: [host], ownHost: 'one', secrets: {}, terms: knownTerms });
}

const endless = '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$") ? "x" : "y"';

test('a formula that never ends is ended, takes no other question with it, and is a mistake at its place from then on', async (t) => {
  const planner = createPlanner({ deadlineMs: 3_000 });
  t.teardown(() => planner.close());
  const runaway = await load(planner, endless);
  const fine = await load(planner, '"fine"');
  const [bad, behind] = await Promise.allSettled([
    runaway(),
    planner.ask({ kind: 'root', tree: treeOf({ 'windlass.yaml': 'version: 1\nenvironments:\n  e: { branch: b }\n' }) }),
  ]);
  t.deepEqual(bad, { status: 'fulfilled', value: { unknownKey: true } }, 'it was asked again, of a new thread that knows nothing yet');
  t.is(behind.status, 'fulfilled');
  t.deepEqual(await fine(), { unknownKey: true });
  const again = await (await load(planner, endless))();
  const found = [
    ...('unknownKey' in again ? [] : again.decision.issues),
    ...(await planner.ask({ kind: 'validate', tree: repositoryWith(endless) })).issues,
  ];
  t.deepEqual(
    found.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`),
    ['(service web)', ''].map((where) =>
      `apps/a/compose.yaml:3:18: formula: it was not worked out after 3 s and was ended: does it ever end? ${where}`.trim(),
    ),
  );
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
