import test from 'ava';
import { systemdUnit, unitRoles } from '../../src/cli/systemd-units.ts';

const unitOf = (role: (typeof unitRoles)[number], program = '/usr/lib/node_modules/windlass/bin/windlass') =>
  systemdUnit({ role, node: '/usr/bin/node', program });

test('a unit of each role has a name, a state directory and settings of its own', (t) => {
  const units = unitRoles.map((role) => unitOf(role));
  for (const pick of [/^StateDirectory=(.+)$/m, /^EnvironmentFile=(.+)$/m])
    t.is(new Set(units.map(({ unit }) => pick.exec(unit.text)?.[1])).size, unitRoles.length);
  t.is(new Set(units.flatMap(({ unit, settings }) => [unit.path, settings.path])).size, 2 * unitRoles.length);
});

test('only a process with an engine may speak to one', (t) => {
  t.deepEqual(
    unitRoles.filter((role) => unitOf(role).unit.text.includes('SupplementaryGroups=docker')),
    ['up', 'agent'],
  );
});

test('a path with blanks, quotes and what systemd would expand is one word', (t) => {
  t.regex(unitOf('up', '/opt/a "b" 100% $c').unit.text, /^ExecStart="\/usr\/bin\/node" "\/opt\/a \\"b\\" 100%% \$\$c" up$/m);
});

test('the settings, which may hold secrets, are for root alone', (t) => {
  for (const role of unitRoles) t.is(unitOf(role).settings.mode, 0o600);
});
