import test from 'ava';
import { hasProgram } from '../../playground/machine.ts';

const others = [
  ['busybox', 'sh'],
  ['bash', '--posix'],
] as const;
const there = others.map(([program]) => hasProgram(program));

/** The shells that scripts for containers are tried in: dash, or what `sh` is here, and busybox and bash where they are. */
export const shells: readonly (readonly [program: string, ...options: string[]])[] = [
  hasProgram('dash') ? ['dash'] : ['sh'],
  ...others.filter((_, index) => there[index]),
];

for (const [program] of others.filter((_, index) => !there[index])) {
  test.skip(`${program} is not here: scripts for containers are not tried in it`, (t) => t.pass());
}
