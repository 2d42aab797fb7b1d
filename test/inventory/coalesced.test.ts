import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { coalesced } from '../../src/inventory/coalesced.ts';

/** Work that lasts until it is ended, and how often it has begun. */
function slow() {
  const runs: { end(error?: Error): void }[] = [];
  const run = coalesced(
    () =>
      new Promise((resolve, reject) => {
        runs.push({ end: (error) => (error ? reject(error) : resolve()) });
      }),
  );
  return { run, runs };
}

test('whoever asks while it is under way shares one run that begins afterwards', async (t) => {
  const { run, runs } = slow();
  const first = run();
  await turn();
  const ended: string[] = [];
  const others = Promise.all(Array.from({ length: 300 }, () => run())).then(() => ended.push('others'));
  await turn();
  t.is(runs.length, 1);
  runs[0]?.end();
  await first;
  await turn();
  t.is(runs.length, 2);
  t.deepEqual(ended, [], 'the run that was under way had looked before they asked');
  runs[1]?.end();
  await others;
  t.is(runs.length, 2);
});

test('a run that failed is the answer of those who asked for it, and of nobody else', async (t) => {
  const { run, runs } = slow();
  const first = t.throwsAsync(run(), { message: 'the engine is away' });
  await turn();
  const second = run();
  runs[0]?.end(new Error('the engine is away'));
  await first;
  await turn();
  runs[1]?.end();
  await t.notThrowsAsync(second);
});
