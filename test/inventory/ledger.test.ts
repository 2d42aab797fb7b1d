import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createLedger } from '../../src/inventory/ledger.ts';
import type { Ledger } from '../../src/model/ledger.ts';

const file = (installed: string, loaded = installed) => ({ installed, loaded });

async function folder(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-ledger-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('what was recorded is there after a restart', async (t) => {
  const directory = await folder(t);
  const ledger = await createLedger(join(directory, 'deep', 'ledger'));
  await ledger.record('abc', { '/a': file('1'), '/b': file('2', '1') });
  await ledger.markReady('abc');
  const again = await createLedger(join(directory, 'deep', 'ledger'));
  t.deepEqual(again.configs('abc'), { '/a': file('1'), '/b': file('2', '1') });
  t.true(again.ready('abc'));
  t.deepEqual(again.configs('other'), {});
  t.false(again.ready('other'));
});

test('a record merges, and undefined forgets one file', async (t) => {
  const ledger = await createLedger(await folder(t));
  await ledger.record('abc', { '/a': file('1'), '/b': file('2') });
  await ledger.record('abc', { '/a': undefined, '/c': file('3') });
  t.deepEqual(ledger.configs('abc'), { '/b': file('2'), '/c': file('3') });
});

test('a forgotten container leaves no file', async (t) => {
  const directory = await folder(t);
  const ledger = await createLedger(directory);
  await ledger.record('abc', { '/a': file('1') });
  await ledger.forget('abc');
  await ledger.forget('never-known');
  t.deepEqual(ledger.configs('abc'), {});
  t.deepEqual(await readdir(directory), []);
});

test('torn, foreign and half-written files are ignored', async (t) => {
  const directory = await folder(t);
  await writeFile(join(directory, 'torn.json'), '{"configs":{"/a":{"inst');
  await writeFile(join(directory, 'foreign.json'), '{"something":"else"}');
  await writeFile(join(directory, 'abc.json.123.tmp'), '{');
  await writeFile(join(directory, 'README'), 'not ours');
  const ledger = await createLedger(directory);
  t.deepEqual(ledger.configs('torn'), {});
  t.deepEqual(ledger.configs('foreign'), {});
  t.deepEqual((await readdir(directory)).sort(), ['README', 'foreign.json', 'torn.json']);
  await ledger.record('torn', { '/a': file('1') });
  t.deepEqual((await createLedger(directory)).configs('torn'), { '/a': file('1') });
});

test('writes at the same time keep them all, the last of each', async (t) => {
  const directory = await folder(t);
  const ledger = await createLedger(directory);
  await Promise.all(Array.from({ length: 20 }, (_, index) => ledger.record('abc', { [`/${index % 5}`]: file(String(index)) })));
  const expected = Object.fromEntries([0, 1, 2, 3, 4].map((index) => [`/${index}`, file(String(15 + index))]));
  t.deepEqual(ledger.configs('abc'), expected);
  t.deepEqual((await createLedger(directory)).configs('abc'), expected);
});

test('an id that would leave the folder is refused', async (t) => {
  const ledger = await createLedger(await folder(t));
  await t.throwsAsync(ledger.record('../abc', { '/a': file('1') }), { instanceOf: TypeError });
});

const allLoaded = (known: ReturnType<Ledger['configs']>) =>
  Object.fromEntries(Object.entries(known).map(([target, { installed }]) => [target, file(installed)]));

test('a start is news once, also to the next process of the agent', async (t) => {
  const directory = await folder(t);
  const ledger = await createLedger(directory);
  t.false(await ledger.noteStart('abc', 't1', allLoaded), 'nothing is known that it could change');
  await ledger.record('abc', { '/a': file('2', '1') }, 't1');
  t.false(await ledger.noteStart('abc', 't1', allLoaded));
  t.deepEqual(ledger.configs('abc'), { '/a': file('2', '1') });
  const again = await createLedger(directory);
  t.false(await again.noteStart('abc', 't1', allLoaded));
  t.true(await again.noteStart('abc', 't2', allLoaded));
  t.deepEqual(again.configs('abc'), { '/a': file('2') });
  t.false(await (await createLedger(directory)).noteStart('abc', 't2', allLoaded));
});

test('the first start of a container that files were placed in is news', async (t) => {
  const ledger = await createLedger(await folder(t));
  await ledger.record('abc', { '/a': file('2', '1') });
  t.true(await ledger.noteStart('abc', 't1', allLoaded));
  t.deepEqual(ledger.configs('abc'), { '/a': file('2') });
});

test('a start that is noted while something is written changes what is known by then', async (t) => {
  const ledger = await createLedger(await folder(t));
  await ledger.record('abc', { '/a': file('1') }, 't1');
  const writing = ledger.record('abc', { '/a': file('2', '1'), '/b': file('3', '1') }, 't1');
  t.true(await ledger.noteStart('abc', 't2', allLoaded));
  await writing;
  t.deepEqual(ledger.configs('abc'), { '/a': file('2'), '/b': file('3') });
});

test('what an earlier version has written is about the process that runs', async (t) => {
  const directory = await folder(t);
  await writeFile(join(directory, 'abc.json'), JSON.stringify({ configs: { '/a': file('2', '1') }, ready: true }));
  const ledger = await createLedger(directory);
  await ledger.noteStart('abc', 't1', allLoaded);
  t.deepEqual(ledger.configs('abc'), { '/a': file('2', '1') });
  await ledger.noteStart('abc', 't2', allLoaded);
  t.deepEqual(ledger.configs('abc'), { '/a': file('2') });
});
