import test from 'ava';
import { answerPlanRequest, type KnownRevision } from '../../src/workers/answer-plan-request.ts';
import { defaultSettle } from '../../src/workers/plan-requests.ts';

const unwatched = { begin: () => undefined, end: () => {} };

/** How long discoveries of the application `a` settle, whose services have these values of `on_config_change`. */
function settleOf(...reactions: readonly string[]) {
  const services = reactions.map((reaction, index) => `  s${index}: { image: x, x-windlass: { on_config_change: ${reaction} } }\n`);
  const files = {
    'windlass.yaml': 'version: 1\nenvironments:\n  staging: { branch: main }\n',
    'apps/a/compose.yaml': `services:\n${services.join('')}`,
  };
  const tree = {
    commit: 'c'.repeat(40),
    entries: Object.keys(files).map((path) => ({ path, mode: '100644', oid: 'a'.repeat(40) })),
    files: new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)])),
  };
  const known = new Map<string, KnownRevision>();
  const read = answerPlanRequest(known, unwatched, { kind: 'root', tree });
  const root = 'root' in read ? read.root : undefined;
  const [environment] = root?.environments ?? [];
  if (!root || !environment) throw new Error('windlass.yaml of the test is wrong');
  const answer = answerPlanRequest(known, unwatched, { kind: 'load', key: 'k', input: { environment, root, trees: { config: tree } } });
  return 'loaded' in answer ? answer.loaded.settle.a : undefined;
}

const silent = '{ action: restart }';

test('what is declared counts, whoever beside it says nothing', (t) => {
  t.deepEqual(settleOf('{ settle: { min: 5s, max: 20s } }', silent), { minMs: 5_000, maxMs: 20_000 });
  t.deepEqual(settleOf(`[{ configs: [], action: restart }, { settle: { min: 5s } }]`, silent), { minMs: 5_000, maxMs: 10_000 });
});

test('of several the most impatient counts', (t) => {
  t.deepEqual(settleOf('{ settle: { min: 5s, max: 20s } }', '{ settle: { min: 2s, max: 30s } }'), { minMs: 2_000, maxMs: 20_000 });
});

test('where nobody says anything, the default counts', (t) => {
  t.deepEqual(settleOf(silent), defaultSettle);
});
