import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { windlass } from '../../../playground/windlass-process.ts';

const run = promisify(execFile);

async function root(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-units-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

for (const [role, name] of Object.entries({ up: 'windlass', controller: 'windlass-controller', agent: 'windlass-agent' }))
  test(`systemd has nothing against the unit of ${role}`, async (t) => {
    const folder = await root(t);
    const { status, stdout, stderr } = await windlass({}, 'init', '--systemd', role, '--root', folder, '--yes');
    t.is(status, 0, stderr);
    t.is(stdout, `/etc/systemd/system/${name}.service\n/etc/windlass/${name}.env\n`);
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
  const init = () => windlass({}, 'init', '--systemd', 'up', '--root', folder, '--yes');
  await init();
  const settings = join(folder, 'etc/windlass/windlass.env');
  await writeFile(settings, 'WINDLASS_REPOSITORY=/srv/git/config.git\n');
  t.is((await init()).stdout, '/etc/systemd/system/windlass.service\n');
  t.is(await readFile(settings, 'utf8'), 'WINDLASS_REPOSITORY=/srv/git/config.git\n');
});

test('a folder that cannot be written is told with what to do', async (t) => {
  const { status, stderr } = await windlass({}, 'init', '--systemd', 'up', '--root', '/dev/null', '--yes');
  t.is(status, 1);
  t.regex(stderr, /^windlass: \/dev\/null\/.* cannot be written .*: run this as root, or with --root\n$/);
});
