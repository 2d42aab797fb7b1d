import test from 'ava';
import { createSharing } from '../../src/imagebuild/sharing.ts';

const never = new AbortController().signal;

/** Work that ends when it is told to; `signal` is the one it was given. */
function manual() {
  let finish: (value: string) => void = () => {};
  const done = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const state = { runs: 0, signal: never, finish };
  const work = (signal: AbortSignal) => {
    state.runs++;
    state.signal = signal;
    return Promise.race([done, new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))]);
  };
  return { state, work };
}

test('Those who ask for one key at once share one run, later ones start anew', async (t) => {
  const sharing = createSharing<string>();
  const { state, work } = manual();
  const both = [sharing.run('a', never, work), sharing.run('a', never, work)];
  const other = sharing.run('b', never, work);
  state.finish('x');
  t.deepEqual(await Promise.all([...both, other]), ['x', 'x', 'x']);
  t.is(state.runs, 2);
  await sharing.run('a', never, work);
  t.is(state.runs, 3);
});

test('A failure reaches all, and is forgotten', async (t) => {
  const sharing = createSharing<string>();
  const failing = () => Promise.reject(new Error('full'));
  const all = await Promise.allSettled([sharing.run('a', never, failing), sharing.run('a', never, failing)]);
  t.true(all.every(({ status }) => status === 'rejected'));
  t.is(await sharing.run('a', never, async () => 'again'), 'again');
});

test('Work goes on while somebody waits, and is aborted when the last one leaves', async (t) => {
  const sharing = createSharing<string>();
  const { state, work } = manual();
  const [first, second] = [new AbortController(), new AbortController()];
  const left = sharing.run('a', first.signal, work);
  const stays = sharing.run('a', second.signal, work);
  first.abort(new Error('first'));
  await t.throwsAsync(left, { message: 'first' });
  t.false(state.signal.aborted);
  second.abort(new Error('second'));
  await t.throwsAsync(stays, { message: 'second' });
  t.true(state.signal.aborted);
  const again = manual();
  const anew = sharing.run('a', never, again.work);
  again.state.finish('new');
  t.is(await anew, 'new');
});

test('A caller that has left already starts nothing', async (t) => {
  const { state, work } = manual();
  await t.throwsAsync(createSharing<string>().run('a', AbortSignal.abort(new Error('gone')), work), { message: 'gone' });
  t.is(state.runs, 0);
});
