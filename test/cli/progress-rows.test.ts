import test from 'ava';
import fc from 'fast-check';
import { rowsTaken } from '../../src/cli/live-region.ts';
import { plain } from '../../src/cli/paint.ts';
import { type ProgressView, progressRows, type Room, stepKey } from '../../src/cli/progress-rows.ts';
import type { StepRecord } from '../../src/model/deployment.ts';

const wide: Room = { columns: 100, rows: 24, unicode: true, frame: 0 };
const step = (name: string, state: StepRecord['state'], more: Partial<StepRecord> = {}): StepRecord => ({
  kind: 'push-config',
  name,
  host: 'one',
  reason: 'a.conf changed',
  state,
  ...more,
});
const view = (steps: readonly StepRecord[], more: Partial<ProgressView> = {}): ProgressView => ({
  deployments: [{ id: 'd', environment: 'staging', app: 'shop', state: 'running', steps: [...steps] }],
  waiting: [],
  elapsed: () => undefined,
  ...more,
});
const draw = (shown: ProgressView, room: Partial<Room> = {}) => progressRows(shown, { ...wide, ...room }, plain);

test('a deployment has a bar, and each container a row with what is done to it', (t) => {
  const steps = [
    step('web-1', 'succeeded', { ms: 84 }),
    step('web-2', 'running'),
    step('web-3', 'queued'),
    step('web-4', 'failed', { ms: 1200, error: 'nginx refused it\n[emerg] unknown directive' }),
  ];
  const elapsed = (key: string) => ({ d: 4200, [stepKey('d', 1)]: 700 })[key];
  t.deepEqual(draw(view(steps, { elapsed })), [
    `staging/shop  ${'━'.repeat(6)}${'─'.repeat(18)}  1 of 4  4.2s`,
    '  ✔ push-config  web-1  one    84ms',
    '  ⠋ push-config  web-2  one   700ms  a.conf changed',
    '  · push-config  web-3  one          a.conf changed',
    '  ✘ push-config  web-4  one    1.2s  nginx refused it',
  ]);
});

test('the newest step of a container is the one that is seen', (t) => {
  const steps = [step('web-1', 'succeeded', { kind: 'recreate-container' }), step('web-1', 'running', { kind: 'remove-container' })];
  const lines = draw(view(steps));
  t.is(lines.length, 2);
  t.true(lines[1]?.includes('remove-container'));
});

test('a terminal without UTF-8 gets ASCII', (t) => {
  const text = draw(view([step('web-1', 'running'), step('web-2', 'succeeded')]), { unicode: false, frame: 2 }).join('\n');
  t.regex(text, /^[\x20-\x7e\n]*$/);
  t.true(text.includes('  - push-config  web-1'));
});

test('a deployment that has ended says how', (t) => {
  const ended: ProgressView['deployments'] = [{ id: 'd', environment: 'staging', app: 'shop', state: 'rolled-back', steps: [] }];
  t.regex(draw(view([], { deployments: ended }))[0] ?? '', /0 of 0 {2}rolled-back$/);
});

test('an application without a deployment says its state', (t) => {
  t.deepEqual(draw(view([], { deployments: [], waiting: [{ name: 'staging/blog', state: 'held' }] })), ['staging/blog  held']);
});

test('where there is no room for all, what runs and what failed is seen and the rest is a number', (t) => {
  const steps = [...Array.from({ length: 40 }, (_, i) => step(`web-${i}`, i < 30 ? 'succeeded' : 'queued'))];
  steps[3] = step('web-3', 'running');
  steps[35] = step('web-35', 'failed');
  const lines = draw(view(steps), { rows: 8 });
  t.is(lines.length, 7);
  t.true(lines.some((line) => line.includes('web-3 ')));
  t.true(lines.some((line) => line.includes('web-35 ')));
  t.regex(lines.at(-1) ?? '', /… 35 more, 29 of them done/);
});

const steps = fc.array(
  fc.record({
    name: fc.string({ maxLength: 30 }),
    state: fc.constantFrom('queued', 'running', 'succeeded', 'failed', 'skipped', 'undone'),
    reason: fc.string({ maxLength: 120 }),
  }),
  { maxLength: 60 },
);

test('it never takes more room than there is, whatever the window', (t) => {
  fc.assert(
    fc.property(
      fc.array(steps, { maxLength: 5 }),
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 1, max: 60 }),
      (apps, columns, rows) => {
        const deployments = apps.map((found, i) => ({
          id: `d${i}`,
          environment: 'staging',
          app: `app-${i}`,
          state: 'running' as const,
          steps: found.map(({ name, state, reason }) => step(name, state as StepRecord['state'], { reason })),
        }));
        const lines = draw(view([], { deployments }), { columns, rows });
        t.true(lines.length <= Math.max(rows - 1, 1));
        for (const line of lines) t.true([...line].length <= Math.max(columns - 1, 1), line);
      },
    ),
  );
});

test('lines of a window that has become narrower take the rows that it has wrapped them to', (t) => {
  t.is(rowsTaken(['x'.repeat(79), '', '\u001b[32mgreen\u001b[39m'], 40), 4);
  t.is(rowsTaken([], 40), 0);
  t.is(rowsTaken(['x'.repeat(79), ''], 0), 2, 'a terminal that does not tell its size');
});
