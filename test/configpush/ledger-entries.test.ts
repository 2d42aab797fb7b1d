import test from 'ava';
import fc from 'fast-check';
import {
  afterLook,
  afterStart,
  completed,
  differs,
  intended,
  isDone,
  isLoaded,
  isVerified,
  lost,
  placed,
  takenBack,
  verified,
} from '../../src/configpush/ledger-entries.ts';
import { isDrifted, type KnownFiles, type LedgerFile } from '../../src/model/ledger.ts';
import type { FileToInstall } from '../../src/model/step.ts';

const file = (target: string, hash: string): FileToInstall => ({ source: target, target, hash, size: 0, mode: 0o644, uid: 0, gid: 0 });
const merge = (known: KnownFiles, changes: Readonly<Record<string, LedgerFile | undefined>>): KnownFiles =>
  Object.fromEntries(Object.entries({ ...known, ...changes }).flatMap(([target, entry]) => (entry ? [[target, entry]] : [])));

const hashes = ['1', '2', '3'];
const hash = fc.constantFrom(...hashes);
const target = fc.constantFrom('/a', '/b', '/c');
const known = fc.dictionary(
  target,
  fc.record({ installed: fc.oneof(hash, fc.constant('none')), loaded: fc.oneof(hash, fc.constantFrom('none', 'unknown')) }),
);
const wanted = fc
  .record({ files: fc.uniqueArray(fc.tuple(target, hash), { selector: ([at]) => at }), remove: fc.uniqueArray(target) })
  .map(({ files, remove }) => ({
    files: files.map(([at, content]) => file(at, content)),
    remove: remove.filter((at) => !files.some(([other]) => other === at)),
  }));

test('what is completed is done', (t) => {
  fc.assert(fc.property(known, wanted, (before, step) => isDone(merge(before, completed(before, step)), step)));
  t.pass();
});

test('what the next start loads is done without being loaded, and loaded by that start', (t) => {
  const step = { files: [file('/a', 'sha256:2')], remove: [], atStart: ['/a'] };
  const before: KnownFiles = { '/a': { installed: 'sha256:1', loaded: 'sha256:1' } };
  const after = merge(before, completed(before, step));
  t.like(after['/a'], { installed: 'sha256:2', loaded: 'sha256:1', atStart: true });
  t.true(isDone(after, step));
  t.false(isDone(after, { ...step, atStart: [] }));
  const { atStart: _, ...rest } = after['/a'] ?? { installed: '', loaded: '' };
  t.deepEqual(afterStart(after, () => false)['/a'], { ...rest, loaded: 'sha256:2' });
});

test('what is new to a container that is started again is unverified until it is verified, where anything says how', (t) => {
  const step = { files: [file('/a', 'sha256:1'), file('/b', 'sha256:2')], remove: [] };
  const verify = [{ kind: 'tcp' as const, port: 80, withinMs: 1 }];
  const before = merge({}, completed({}, { files: [file('/a', 'sha256:1'), file('/b', 'sha256:1')], remove: [] }));
  const after = merge(
    {},
    afterStart(merge(before, placed(before, step.files, {})), () => false),
  );
  t.deepEqual([after['/a']?.unverified, after['/b']?.unverified], [undefined, true]);
  t.true(isDone(after, step));
  t.true(isVerified(after, { ...step, verify: [] }));
  t.false(isVerified(after, { ...step, verify }));
  t.true(merge(after, placed(after, step.files, {}))['/b']?.unverified, 'a second try to start it');
  t.deepEqual(Object.keys(verified(after, step)), ['/b']);
  t.true(isVerified(merge(after, verified(after, step)), { ...step, verify }));
  t.true(isVerified(merge(after, completed(after, step)), { ...step, verify }));
});

test('another owner or mode is not done, and is no reason to take the bytes for others; unknown ones are taken for equal', (t) => {
  const before = file('/a', 'sha256:1');
  const there = merge({}, completed({}, { files: [before], remove: [] }));
  const unnoted = { '/a': { installed: 'sha256:1', loaded: 'sha256:1' } };
  for (const over of [{ mode: 0o600 }, { uid: 101 }, { gid: 101 }]) {
    const after = { ...before, ...over };
    t.false(isDone(there, { files: [after], remove: [] }));
    t.true(isDone(unnoted, { files: [after], remove: [] }));
    t.false(differs(there, after));
  }
});

test('files that were taken back have the owner and mode that they had', (t) => {
  const before = file('/a', 'sha256:1');
  const there = merge({}, completed({}, { files: [before], remove: [] }));
  const step = { files: [{ ...before, mode: 0o600 }], remove: [] };
  for (const loaded of [true, false]) t.is(takenBack(there, step, loaded)['/a']?.declared?.mode, 0o644);
});

test('other bytes are in place only where some are known to be', (t) => {
  const wants = file('/a', 'sha256:2');
  const knows = (installed: string): KnownFiles => ({ '/a': { installed, loaded: installed } });
  t.true(differs(knows('sha256:1'), wants));
  for (const installed of ['sha256:2', 'unknown', 'none', 'mode 0600']) t.false(differs(knows(installed), wants), installed);
  t.false(differs({}, wants));
});

test('an intention alone is done only where everything was', (t) => {
  fc.assert(
    fc.property(
      known,
      wanted,
      (before, step) => !isDone(merge(before, intended(before, step)), step) || isDone(before, step) || isLoaded(before, step),
    ),
  );
  t.pass();
});

/** How one push of one file ends: complete, taken back, or with the agent, the script or both dead somewhere. */
const endings = ['done', 'checked', 'intended', 'swapped', 'acted', 'undone', 'undone-unsure', 'lost', 'died-then-undone'] as const;

/** A container and its agent's ledger: what is really in the file, and really loaded. */
interface World {
  readonly file: string;
  readonly loaded: string;
  readonly known: KnownFiles;
}

/** The container starts again, with the agent there to notice or not. */
const restarted = ({ file: installed, known }: World, noticed: boolean): World => ({
  file: installed,
  loaded: installed,
  known: noticed
    ? merge(
        known,
        afterStart(known, () => false),
      )
    : known,
});

function pushed({ file: old, loaded, known }: World, hash: string, ending: (typeof endings)[number]): World {
  const step = { files: [file('/a', hash)], remove: [] };
  if (isDone(known, step) || ending === 'checked') return { file: old, loaded, known };
  if (old === hash && isLoaded(known, step)) return { file: old, loaded, known: merge(known, completed(known, step)) };
  const meant = merge(known, intended(known, step));
  switch (ending) {
    case 'intended':
      return { file: old, loaded, known: meant };
    case 'swapped':
      return { file: hash, loaded, known: meant };
    case 'acted':
      return { file: hash, loaded: hash, known: meant };
    case 'undone':
      return { file: old, loaded: old, known: merge(meant, takenBack(known, step, true)) };
    case 'undone-unsure':
      return { file: old, loaded: hash, known: merge(meant, takenBack(known, step, false)) };
    case 'lost':
      return { file: old, loaded: hash, known: merge(meant, lost(step)) };
    case 'died-then-undone':
      return {
        file: old,
        loaded: old,
        known: merge(
          merge(
            meant,
            afterStart(meant, () => false),
          ),
          takenBack(known, step, true),
        ),
      };
    default:
      return { file: hash, loaded: hash, known: merge(meant, completed(known, step)) };
  }
}

test('what the ledger takes for installed and loaded is, whatever died on the way there', (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.tuple(hash, fc.constantFrom(...endings)), fc.boolean()), { maxLength: 12 }), (events) => {
      let world: World = { file: 'none', loaded: 'none', known: {} };
      for (const event of events) {
        world = typeof event === 'boolean' ? restarted(world, event) : pushed(world, ...event);
        const entry = world.known['/a'];
        if (entry && entry.installed === entry.loaded && hashes.includes(entry.loaded))
          t.deepEqual([world.file, world.loaded], [entry.installed, entry.loaded]);
      }
    }),
    { numRuns: 3000 },
  );
});

test('what was taken back and loaded is as before', (t) => {
  fc.assert(
    fc.property(known, wanted, (before, step) => {
      t.deepEqual(merge(merge(before, intended(before, step)), takenBack(before, step, true)), before);
    }),
  );
});

test('what was taken back and perhaps not loaded, or lost, is due again', (t) => {
  fc.assert(
    fc.property(known, wanted, (before, step) => {
      const unsure = [takenBack(before, step, false), lost(step)].map((changes) => merge(before, changes));
      return step.files.length + step.remove.length === 0 || unsure.every((after) => !isDone(after, step) && !isLoaded(after, step));
    }),
  );
  t.pass();
});

const entry: LedgerFile = { installed: 'sha256:1', loaded: 'sha256:1', stamp: 's1', mode: 0o644 };
const at = (now: number, started = false) => ({ now, started });

test('what somebody else did is there until it is put right, and counts when it is done again', (t) => {
  const changed = afterLook(entry, { installed: 'sha256:2', stamp: 's2' }, at(0));
  t.like(changed, { installed: 'sha256:2', loaded: 'sha256:1', drift: { from: 'sha256:1', times: 1 } });
  t.true(isDrifted(changed));
  const once = afterLook(changed, { installed: 'sha256:3', stamp: 's3' }, at(1000));
  t.like(once.drift, { from: 'sha256:1', times: 1 }, 'one more change before the repair is the same one');
  const step = { files: [file('/a', 'sha256:1')], remove: [] };
  const repaired = completed({ '/a': once }, step, { '/a': { stamp: 's4', mode: 0o644 } })['/a'];
  t.like(repaired, { installed: 'sha256:1', loaded: 'sha256:1', stamp: 's4' });
  t.false(repaired !== undefined && isDrifted(repaired));
  t.is(repaired && afterLook(repaired, undefined, at(2000)).drift?.times, 2);
  t.is(completed({ '/a': once }, { files: [file('/a', 'sha256:9')], remove: [] })['/a']?.drift, undefined, 'newer bytes begin anew');
});

test('what was put back by whoever changed it is no change any more', (t) => {
  const changed = afterLook(entry, { installed: 'mode 0600', stamp: 's2' }, at(0));
  t.false(isDrifted(afterLook(changed, { installed: 'sha256:1', stamp: 's1' }, at(1))));
});

test('a process that has just started has loaded what somebody else put there', (t) => {
  const found = { installed: 'sha256:2', stamp: 's2' };
  t.is(afterLook(entry, found, at(0, true)).loaded, 'sha256:2');
  t.is(afterLook(entry, found, at(0)).loaded, 'sha256:1');
});

test('a file that was only touched is the same', (t) => {
  t.deepEqual(afterLook(entry, { installed: 'sha256:1', stamp: 's2' }, at(0)), { ...entry, stamp: 's2' });
});
