import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createFault } from '../src/fault.ts';
import { openFault } from '../src/settings-fault.ts';

/** Who dies when these points are passed one after the other. */
function victims(setting: string | undefined, points: readonly string[], redisPid?: number): readonly number[] {
  const killed: number[] = [];
  const fault = createFault(setting, redisPid, (pid) => void killed.push(pid));
  for (const point of points) fault(point);
  return killed;
}

test('the process dies at the point it is told, once, and nowhere else', (t) => {
  t.deepEqual(victims('push:swapped', ['push:staged', 'push:swapped', 'push:swapped']), [process.pid]);
  t.deepEqual(victims('push:swapped:3', ['push:swapped', 'push:swapped']), []);
  t.deepEqual(victims('push:swapped:2', ['push:swapped', 'push:staged', 'push:swapped']), [process.pid]);
  t.deepEqual(victims(undefined, ['push:swapped']), []);
});

test('Redis dies instead where that is asked', (t) => {
  t.deepEqual(victims('redis@push:swapped', ['push:swapped'], 4711), [4711]);
  t.deepEqual(victims('redis@push:swapped', ['push:swapped']), []);
});

test('a file may choose the point of a process that runs', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'windlass-fault-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'fault');
  const killed: number[] = [];
  const fault = openFault(`@${file}`, undefined, (pid) => void killed.push(pid));
  fault('push:swapped');
  writeFileSync(file, 'push:swapped\n');
  fault('push:staged');
  t.deepEqual(killed, []);
  fault('push:swapped');
  fault('push:swapped');
  t.deepEqual(killed, [process.pid]);
});
