import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ways } from './support/crash-points.ts';

/** These have tests of their own: a second host, Compose's containers, and what is given up long after a release. */
const elsewhere = /^(image|adopt|prune):/;

const inCode = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => [...readFileSync(join('src', path), 'utf8').matchAll(/\b(?:fault|passed)\('(\w+:[\w-]+)'\)/g)])
  .map(([, point = '']) => point);

test('somebody dies at every injection point that the code has, and at no other', (t) => {
  const onTheWay = new Set(ways.flatMap(({ points }) => points));
  t.deepEqual([...onTheWay].sort(), [...new Set(inCode)].filter((point) => !elsewhere.test(point)).sort());
});

test('CONTRIBUTING.md names every injection point, and no other', (t) => {
  const [, rows = ''] = /\| process \| points \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(readFileSync('CONTRIBUTING.md', 'utf8')) ?? [];
  const named = [...rows.matchAll(/`(\w+:[\w-]+)`/g)].map(([, point = '']) => point);
  t.deepEqual(named.sort(), [...new Set(inCode)].sort());
});
