import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { windlass } from '../../../playground/windlass-process.ts';
import { unitName, unitRoles } from '../../../src/cli/systemd-units.ts';
import { writeUnits } from '../../../src/cli/write-units.ts';

const run = promisify(execFile);

/** Where everybody has a program, wherever this Node and this checkout are. */
const installed = { node: '/bin/sh', program: '/usr/lib/node_modules/windlass/bin/windlass' };

async function root(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-units-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

for (const role of unitRoles)
  test(`systemd has nothing against the unit of ${role}`, async (t) => {
    const folder = await root(t);
    const name = unitName(role);
    t.deepEqual(await writeUnits({ role, ...installed }, folder), [`/etc/systemd/system/${name}.service`, `/etc/windlass/${name}.env`]);
    const unit = join(folder, 'etc/systemd/system', `${name}.service`);
    const { stderr: found } = await run('systemd-analyze', ['verify', '--man=no', unit]);
    t.deepEqual(
      found.split('\n').filter((line) => line.includes(name)),
      [],
    );
    t.is((await stat(join(folder, 'etc/windlass', `${name}.env`))).mode & 0o777, 0o600);
  });

test('settings that are there are kept', async (t) => {
  const folder = await root(t);
  const write = () => writeUnits({ role: 'up', ...installed }, folder);
  await write();
  const settings = join(folder, 'etc/windlass/windlass.env');
  await writeFile(settings, 'WINDLASS_REPOSITORY=/srv/git/config.git\n');
  t.deepEqual(await write(), ['/etc/systemd/system/windlass.service']);
  t.is(await readFile(settings, 'utf8'), 'WINDLASS_REPOSITORY=/srv/git/config.git\n');
});

test('a folder that cannot be written is told with what to do', async (t) => {
  await t.throwsAsync(writeUnits({ role: 'up', ...installed }, '/dev/null'), {
    message: /^\/dev\/null\/.* cannot be written .*: run this as root, or with --root$/,
  });
});

test("a program in somebody's home is refused, for the service's user cannot read it", async (t) => {
  const folder = await root(t);
  for (const other of [{ node: '/root/.nvm/bin/node' }, { program: '/home/me/windlass/bin/windlass' }])
    await t.throwsAsync(writeUnits({ role: 'up', ...installed, ...other }, folder), { message: /^\/(root|home)\/.* is in a home/ });
});

test('the command writes the unit of this Node and this windlass, or says that they are in a home', async (t) => {
  const folder = await root(t);
  const { status, stdout, stderr } = await windlass({}, 'init', '--systemd', 'up', '--root', folder, '--yes');
  if (status === 1) return t.regex(stderr, /^windlass: \/(root|home)\/.* is in a home/);
  t.is(stdout, '/etc/systemd/system/windlass.service\n/etc/windlass/windlass.env\n');
  t.true((await readFile(join(folder, 'etc/systemd/system/windlass.service'), 'utf8')).includes(`/bin/windlass" up\n`));
});
