import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { toolScript } from '../../src/configpush/tool-script.ts';
import { shells } from './shells.ts';

function start(shell: readonly string[], argv: readonly string[], stdin: Uint8Array = Buffer.alloc(0)) {
  const [program = '', ...options] = shell;
  const child = spawn(program, [...options, '-c', toolScript, 'windlass', String(stdin.byteLength), ...argv]);
  child.stdin.on('error', () => {});
  child.stdin.write(stdin);
  const ended = new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  return { child, ended, output: text(child.stdout), errors: text(child.stderr) };
}

/** Whether anything still runs with this among its arguments. */
const runs = (pid: string): Promise<boolean> =>
  readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (words) => words !== '',
    () => false,
  );

for (const shell of shells) {
  const name = shell[0];

  test(`${name}: a tool gets its words, and its stdin byte for byte; its output and status are its own`, async (t) => {
    for (const size of [0, 1, 65_536, 200_001]) {
      const bytes = randomBytes(size);
      const said = start(shell, ['sh', '-c', 'sha256sum; echo "$0" >&2; exit 7', 'a $(b) *'], bytes);
      t.is(await said.ended, 7);
      t.is(await said.output, `${createHash('sha256').update(bytes).digest('hex')}  -\n`);
      t.regex(await said.errors, /^windlass-pid-\d+\na \$\(b\) \*\n$/);
    }
  });

  test(`${name}: one that is not there says so`, async (t) => {
    const said = start(shell, ['/none']);
    t.is(await said.ended, 127);
    t.regex(await said.errors, /\/none/);
  });

  test(`${name}: one that a signal ends, and one that leaves a daemon, end as by themselves`, async (t) => {
    t.is(await start(shell, ['sh', '-c', 'kill -INT $$; exit 3']).ended, 130, 'an ignored INT would have it go on');
    const daemon = start(shell, ['sh', '-c', 'sleep 30 >/dev/null 2>&1 & echo $!']);
    t.is(await daemon.ended, 0);
    const pid = (await daemon.output).trim();
    t.true(await runs(pid));
    process.kill(Number(pid));
  });

  test(`${name}: where nobody waits any more, the tool is ended with all that it started`, async (t) => {
    const at = await mkdtemp(join(tmpdir(), 'windlass-tool-'));
    t.teardown(() => rm(at, { recursive: true, force: true }));
    const script = `sleep 4713 & echo $! >"${at}/pid"; sleep 4713; touch "${at}/went-on"\n`;
    const tool = start(shell, ['sh', '-'], Buffer.from(script));
    const pidOf = () => readFile(join(at, 'pid'), 'utf8').catch(() => '');
    while ((await pidOf()).trim() === '') await sleep(10);
    const pid = (await pidOf()).trim();
    t.true(await runs(pid));
    tool.child.stdin.end();
    t.is(await tool.ended, 137);
    t.false(await runs(pid));
    await t.throwsAsync(readFile(join(at, 'went-on')), { code: 'ENOENT' });
  });
}
