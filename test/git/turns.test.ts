import test from 'ava';
import { createSharedRun, createTurn } from '../../src/git/turns.ts';

const { signal: never } = new AbortController();

/** Runs that end when they are told to. */
function controlled() {
  const runs: { signal: AbortSignal; end: () => void; fail: (error: Error) => void }[] = [];
  const run = createSharedRun(
    createTurn(),
    (signal) => new Promise((resolve, reject) => void runs.push({ signal, end: resolve, fail: reject })),
  );
  return { runs, run };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('operations run one after the other, also past one that fails', async (t) => {
  const inTurn = createTurn();
  const order: string[] = [];
  const first = inTurn(async () => {
    await settled();
    order.push('first');
    throw new Error('first');
  });
  const second = inTurn(async () => void order.push('second'));
  await t.throwsAsync(first, { message: 'first' });
  await second;
  t.deepEqual(order, ['first', 'second']);
});

test('who comes while a run is under way gets the next one, together with the others', async (t) => {
  const { runs, run } = controlled();
  const first = run(never);
  await settled();
  const later = [run(never), run(never), run(never)];
  await settled();
  t.is(runs.length, 1);
  runs[0]?.end();
  await first;
  await settled();
  t.is(runs.length, 2);
  runs[1]?.end();
  await Promise.all(later);
  t.is(runs.length, 2);
});

test('one caller that leaves does not end the run of another, the last one does', async (t) => {
  const { runs, run } = controlled();
  const [one, two] = [new AbortController(), new AbortController()];
  const calls = [run(one.signal), run(two.signal)];
  await settled();
  one.abort(new Error('one'));
  await t.throwsAsync(calls[0] ?? Promise.resolve(), { message: 'one' });
  t.false(runs[0]?.signal.aborted);
  two.abort(new Error('two'));
  await t.throwsAsync(calls[1] ?? Promise.resolve(), { message: 'two' });
  t.true(runs[0]?.signal.aborted);
});

test('who comes after everybody has left a run that has not begun gets one of his own', async (t) => {
  const { runs, run } = controlled();
  const first = run(never);
  await settled();
  const leaving = new AbortController();
  const left = run(leaving.signal);
  leaving.abort(new Error('left'));
  await t.throwsAsync(left, { message: 'left' });
  const wanted = run(never);
  runs[0]?.end();
  await first;
  await settled();
  runs[1]?.end();
  await wanted;
  t.is(runs.length, 2);
});

test('a failed run fails all its callers and no later one', async (t) => {
  const { runs, run } = controlled();
  const calls = [run(never), run(never)];
  await settled();
  runs[0]?.fail(new Error('away'));
  for (const call of calls) await t.throwsAsync(call, { message: 'away' });
  const next = run(never);
  await settled();
  runs[1]?.end();
  await t.notThrowsAsync(next);
});
