import test from 'ava';
import type { Step } from '../../src/model/step.ts';
import { createCalm } from '../../src/workers/calm.ts';

const common = { name: 'lb', host: 'one', reason: '' };
const push = (content: string, container = 'lb'): Step => ({
  ...common,
  kind: 'push-config',
  container,
  files: [{ source: 'a', target: '/a', hash: `sha256:${content.padEnd(64, '0')}`, size: 1, mode: 0o644, uid: 0, gid: 0 }],
  remove: [],
  checks: [],
  all: [],
  action: { kind: 'none' },
  verify: [],
  monitorMs: 0,
});
const remove: Step = { ...common, kind: 'remove-container', remove: ['a'], drainMs: 0 };

test('what is due again after a push waits until it has stayed the same for a while', (t) => {
  const calm = createCalm({ minMs: 1_000, maxMs: 10_000 });
  t.is(calm.pauseMs([push('a')], 0), 0);
  calm.done([push('a')]);
  t.is(calm.pauseMs([push('b')], 100), 1_000);
  t.is(calm.pauseMs([push('c')], 800), 1_000, 'it has changed meanwhile');
  t.is(calm.pauseMs([push('c')], 1_500), 300);
  t.is(calm.pauseMs([push('c')], 1_800), 0);
});

test('a storm that does not end is not waited out', (t) => {
  const calm = createCalm({ minMs: 1_000, maxMs: 2_500 });
  calm.done([push('a')]);
  t.deepEqual(
    [0, 900, 1_800, 2_500].map((now) => calm.pauseMs([push(`b${now}`)], now)),
    [1_000, 1_000, 700, 0],
  );
});

test('what the run itself has brought about is not waited for', (t) => {
  const calm = createCalm({ minMs: 1_000, maxMs: 10_000 });
  calm.done([push('a')]);
  t.is(calm.pauseMs([push('b'), push('b', 'other')], 0), 0, 'a container that nothing was pushed into yet');
  calm.done([push('b'), remove]);
  t.is(calm.pauseMs([push('c')], 0), 0, 'a container was taken away meanwhile');
});
