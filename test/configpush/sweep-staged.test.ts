import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { installScript } from '../../src/configpush/install-script.ts';
import { sweepScript } from '../../src/configpush/sweep-staged.ts';
import { shells } from './shells.ts';

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'windlass sweep '));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

for (const [program, ...options] of shells) {
  const run = (script: string, ...args: readonly string[]) => spawn(program, [...options, '-c', script, 'windlass', ...args]);
  const sweep = async (...targets: readonly string[]): Promise<unknown> => {
    const [status] = await once(run(sweepScript, 'me', ...targets), 'close');
    return status;
  };

  test(`${program}: what scripts have left is swept, and nothing of another container's`, async (t) => {
    const at = await folder(t);
    for (const name of ['a', '.a.windlass-new-me-0', '.a.windlass-old-me-0', '.a.windlass-old-other-0'])
      await writeFile(join(at, name), '');
    t.is(await sweep(join(at, 'a'), join(at, 'none', 'b')), 0);
    t.deepEqual((await readdir(at)).sort(), ['.a.windlass-old-other-0', 'a']);
  });

  test(`${program}: what a script still works with stays until it has ended`, async (t) => {
    const at = await folder(t);
    const script = run(
      installScript,
      'me',
      '30',
      '30',
      '1',
      join(at, 'a'),
      `${process.getuid?.()}:${process.getgid?.()}`,
      '644',
      '3',
      '-',
      '0',
    );
    const ended = once(script, 'close');
    script.stdin.write('newend\n');
    let said = '';
    for await (const chunk of script.stdout) {
      said += String(chunk);
      if (said.includes('checked')) break;
    }
    const staged = await readdir(at);
    t.is(staged.length, 1);
    t.is(await sweep(join(at, 'a')), 1);
    t.deepEqual(await readdir(at), staged);
    script.kill('SIGKILL');
    await ended;
    t.is(await sweep(join(at, 'a')), 0);
    t.deepEqual(await readdir(at), []);
  });
}
