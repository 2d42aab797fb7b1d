import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createFault } from '../src/fault.ts';
import { openFault } from '../src/settings-fault.ts';

/** The signals that the process gets when these points are passed one after the other. */
function signalsAt(setting: string | undefined, points: readonly string[]): readonly string[] {
  const sent: string[] = [];
  const fault = createFault(setting, (signal) => void sent.push(signal));
  for (const point of points) fault(point);
  return sent;
}

test('the process dies at the point it is told, once, and nowhere else', (t) => {
  t.deepEqual(signalsAt('push:swapped', ['push:staged', 'push:swapped', 'push:swapped']), ['SIGKILL']);
  t.deepEqual(signalsAt('push:swapped:3', ['push:swapped', 'push:swapped']), []);
  t.deepEqual(signalsAt('push:swapped:2', ['push:swapped', 'push:staged', 'push:swapped']), ['SIGKILL']);
  t.deepEqual(signalsAt(undefined, ['push:swapped']), []);
});

test('the process is halted instead where that is asked', (t) => {
  t.deepEqual(signalsAt('halt@push:swapped', ['push:staged', 'push:swapped', 'push:swapped']), ['SIGSTOP']);
});

test('a file may choose the point of a process that runs', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'windlass-fault-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'fault');
  const sent: string[] = [];
  const fault = openFault(`@${file}`, (signal) => void sent.push(signal));
  fault('push:swapped');
  writeFileSync(file, 'push:swapped\n');
  fault('push:staged');
  t.deepEqual(sent, []);
  fault('push:swapped');
  fault('push:swapped');
  t.deepEqual(sent, ['SIGKILL']);
});
