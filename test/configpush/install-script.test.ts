import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { installScript } from '../../src/configpush/install-script.ts';
import { shells } from './shells.ts';

const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;

interface Script {
  say(bytes: Uint8Array | string): void;
  /** Ends its stdin. */
  end(): void;
  /** Lines up to this one, from the last wait on; the process's end ends the wait. */
  until(word: string): Promise<string[]>;
  readonly ended: Promise<number>;
  errors(): string;
  /** Whether it said at its end that it left nothing staged. */
  swept(): boolean;
}

function start(shell: readonly string[], args: readonly (string | number)[], limits: readonly number[] = [30, 30]): Script {
  const [program = '', ...options] = shell;
  const child = spawn(program, [...options, '-c', installScript, 'windlass', 'c0ffee', ...[...limits, ...args].map(String)]);
  let out = '';
  let errors = '';
  let read = 0;
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  child.stdin.on('error', () => {});
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  let over = false;
  void ended.then(() => (over = true));
  return {
    say: (bytes) => void child.stdin.write(bytes),
    end: () => child.stdin.end(),
    until: async (word) => {
      for (;;) {
        const lines = linesOf(out).filter((line) => line !== 'swept');
        const found = lines.findIndex((line, index) => index >= read && line.split(' ')[0] === word);
        if (found >= 0 || over) {
          const fresh = lines.slice(read, found < 0 ? undefined : found + 1);
          read = found + 1;
          return fresh;
        }
        await sleep(10);
      }
    },
    ended,
    errors: () => errors,
    swept: () => linesOf(out).at(-1) === 'swept',
  };
}

const linesOf = (out: string): string[] => out.split('\n').slice(0, -1);

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'windlass script '));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

const file = (path: string, size: number, mode = '644', there: 'other' | '-' = '-') => [path, owner, mode, size, there];
const removal = (path: string) => [path, '-', '-', '-', '-'];

for (const shell of shells) {
  const name = shell[0];

  test(`${name}: several files of every kind arrive whole, in new folders, in one stream`, async (t) => {
    const at = await folder(t);
    const contents = [Buffer.alloc(0), Buffer.from([0]), Buffer.from('end\nundo\n'), randomBytes(65_536), randomBytes(200 * 1024 + 1)];
    const paths = contents.map((_, index) => join(at, `it's "$deep" \`${index}\``, `a b*${index}.conf`));
    const script = start(shell, [contents.length, ...paths.flatMap((path, index) => file(path, contents[index]?.length ?? 0, '640')), 0]);
    for (const bytes of contents) {
      // In pieces that do not fit the blocks: what a pipe gives, not what was written.
      script.say(bytes.subarray(0, 1000));
      await sleep(5);
      script.say(bytes.subarray(1000));
      script.say('end\n');
    }
    script.say('go\nkeep\n');
    t.is(await script.ended, 0, script.errors());
    for (const [index, path] of paths.entries()) {
      t.deepEqual(await readFile(path), contents[index]);
      t.is((await stat(path)).mode & 0o7777, 0o640);
      t.is((await readdir(join(path, '..'))).length, 1);
    }
  });

  test(`${name}: words of checks and actions are never shell text`, async (t) => {
    const at = await folder(t);
    const words = ['$(touch x)', '`touch y`', ';', "'", '"', '*', '', 'two\nlines', '-n', '\\n'];
    const out = join(at, 'said');
    const tool = ['sh', '-c', 'out=$1; shift; for word do printf "<%s>" "$word"; done >>"$out"', 'tool', out];
    const script = start(shell, [1, ...file(join(at, 'a'), 1), 1, tool.length + words.length, ...tool, ...words, 'run', ...tool, ...words]);
    script.say('xend\ngo\nkeep\n');
    t.is(await script.ended, 0, script.errors());
    t.is(
      await readFile(out, 'utf8'),
      words
        .map((word) => `<${word}>`)
        .join('')
        .repeat(2),
    );
    t.deepEqual((await readdir(at)).sort(), ['a', 'said']);
  });

  test(`${name}: a check sees the candidate it names, and its refusal leaves no trace`, async (t) => {
    const at = await folder(t);
    await writeFile(join(at, 'b'), 'old');
    const files = [...file(join(at, 'deep/er/a'), 1), ...file(join(at, 'b'), 1)];
    const script = start(shell, [
      2,
      ...files,
      2,
      4,
      'grep',
      '-q',
      '2',
      '{{staged:2}}',
      4,
      'grep',
      '-q',
      '2',
      '{{staged:1}}',
      'touch',
      join(at, 'acted'),
    ]);
    script.say('1end\n2end\ngo\nkeep\n');
    t.deepEqual((await script.until('refused')).slice(1), ['staged', 'refused 2 1']);
    t.is(await script.ended, 1);
    t.true(script.swept());
    t.deepEqual(await readdir(at), ['b']);
    t.is(await readFile(join(at, 'b'), 'utf8'), 'old');
  });

  test(`${name}: a program that is called like a function of the script is the program`, async (t) => {
    const at = await folder(t);
    const script = start(shell, [1, ...file(join(at, 'a'), 1), 0, 'run', 'put_back']);
    script.say('1end\ngo\n');
    t.is((await script.until('acted')).at(-1), 'acted 127');
    script.say('keep\n');
    t.is(await script.ended, 0);
    t.is(await readFile(join(at, 'a'), 'utf8'), '1');
  });

  test(`${name}: an action whose program is not there is told before anything changes`, async (t) => {
    const at = await folder(t);
    for (const words of [
      ['run', 'no-such-program', 'x'],
      ['needs', '/no/such/program'],
    ]) {
      const script = start(shell, [1, ...file(join(at, 'a'), 1), 0, ...words]);
      script.say('1end\n');
      t.is((await script.until('failed')).at(-1), 'failed missing 0');
      t.is(await script.ended, 1);
    }
    t.deepEqual(await readdir(at), []);
    const script = start(shell, [1, ...file(join(at, 'a'), 1), 0, 'needs', 'sh']);
    script.say('1end\ngo\nkeep\n');
    t.is(await script.ended, 0);
    t.true((await script.until('acted')).includes('acted 0'));
  });

  test(`${name}: undo brings back files, their inodes, and what was removed; it removes what was new`, async (t) => {
    const at = await folder(t);
    await writeFile(join(at, 'a'), 'old a');
    await chmod(join(at, 'a'), 0o604);
    await writeFile(join(at, 'gone'), 'old gone');
    const before = await Promise.all(['a', 'gone'].map((name) => stat(join(at, name), { bigint: true })));
    const files = [...file(join(at, 'a'), 3), ...file(join(at, 'new/b'), 3), ...removal(join(at, 'gone'))];
    const script = start(shell, [
      3,
      ...files,
      0,
      'run',
      'sh',
      '-c',
      'cat "$0" "$1" >>"$2"',
      join(at, 'a'),
      join(at, 'gone'),
      join(at, 'acted'),
    ]);
    script.say('newend\nnewend\n');
    t.deepEqual((await script.until('checked')).slice(1), ['staged', 'absent 2', 'checked 1 2 3']);
    script.say('go\n');
    t.deepEqual(await script.until('acted'), ['swapped', 'acted 1']);
    t.deepEqual((await readdir(at)).filter((name) => !name.startsWith('.')).sort(), ['a', 'acted', 'new']);
    script.say('undo\n');
    t.deepEqual(await script.until('undone'), ['restored', 'undone 0']);
    t.is(await script.ended, 0);
    t.deepEqual((await readdir(at)).sort(), ['a', 'acted', 'gone']);
    const after = await Promise.all(['a', 'gone'].map((name) => stat(join(at, name), { bigint: true })));
    t.deepEqual(
      after.map(({ ino, mode }) => [ino, mode]),
      before.map(({ ino, mode }) => [ino, mode]),
    );
    t.is(await readFile(join(at, 'acted'), 'utf8'), 'newold aold gone');
  });

  for (const [when, said, left] of [
    ['within a file', 'ne', 'old'],
    ['behind the files', 'newend\n', 'old'],
    ['within the word go', 'newend\ng', 'old'],
    ['behind go', 'newend\ngo\n', 'new'],
    ['within the word undo', 'newend\ngo\nun', 'new'],
  ] as const) {
    test(`${name}: an end of the stream ${when} leaves the ${left} file alone`, async (t) => {
      const at = await folder(t);
      await writeFile(join(at, 'a'), 'old');
      const script = start(shell, [1, ...file(join(at, 'a'), 3), 0]);
      script.say(said);
      script.end();
      await script.ended;
      t.true(script.swept());
      t.deepEqual(await readdir(at), ['a']);
      t.is(await readFile(join(at, 'a'), 'utf8'), left);
    });
  }

  for (const [what, said, checks, last] of [
    ['a stream that stops within a file', 'ne', [0], 'failed stage 1'],
    ['a stream that stays open', 'newend\n', [0], 'checked 1'],
    ['a check that hangs', 'newend\ngo\nkeep\n', [1, 2, 'sleep', '60'], 'failed late 1'],
  ] as const) {
    test(`${name}: its own deadline ends ${what}, and nothing has changed`, async (t) => {
      const at = await folder(t);
      await writeFile(join(at, 'a'), 'old');
      const script = start(shell, [1, ...file(join(at, 'a'), 3), ...checks, 'run', 'touch', join(at, 'acted')], [1, 30]);
      script.say(said);
      t.is((await script.until('no such line')).at(-1), last);
      t.is(await script.ended, 1);
      t.deepEqual(await readdir(at), ['a']);
      t.is(await readFile(join(at, 'a'), 'utf8'), 'old');
    });
  }

  test(`${name}: its own deadline ends an action that hangs, which can still be undone`, async (t) => {
    const at = await folder(t);
    await writeFile(join(at, 'a'), 'old');
    const script = start(
      shell,
      [
        1,
        ...file(join(at, 'a'), 3),
        0,
        'run',
        'sh',
        '-c',
        'grep -q old "$0" || { sleep 60 & echo $! >"$1"; wait; }',
        join(at, 'a'),
        join(at, 'pid'),
      ],
      [30, 6],
    );
    script.say('newend\ngo\n');
    // Bash tells of its own interruption where the others tell of the child's.
    t.regex((await script.until('acted')).at(-1) ?? '', /^acted (137|143)$/);
    const started = Number(await readFile(join(at, 'pid'), 'utf8'));
    // Gone, or ended and not yet reaped by whoever inherited it.
    const state = () => readFile(`/proc/${started}/stat`, 'utf8').catch(() => ') Z');
    for (let tries = 0; tries < 100 && !(await state()).includes(') Z'); tries++) await sleep(50);
    t.regex(await state(), /\) Z/, 'what the action started still runs');
    script.say('undo\n');
    t.deepEqual((await script.until('undone')).at(-1), 'undone 0');
    t.is(await script.ended, 0);
    t.deepEqual(await readdir(at), ['a', 'pid']);
    t.is(await readFile(join(at, 'a'), 'utf8'), 'old');
  });

  test(`${name}: the deadline of what comes before the swap lets the word behind it be awaited, until its own`, async (t) => {
    const at = await folder(t);
    await writeFile(join(at, 'a'), 'old');
    const script = start(shell, [1, ...file(join(at, 'a'), 3), 0], [3, 30]);
    script.say('newend\ngo\n');
    await script.until('acted');
    await sleep(3500);
    script.say('undo\n');
    t.is((await script.until('undone')).at(-1), 'undone 0');
    t.is(await script.ended, 0);
    t.is(await readFile(join(at, 'a'), 'utf8'), 'old');

    const left = start(shell, [1, ...file(join(at, 'a'), 3), 0], [3, 1]);
    left.say('newend\ngo\n');
    t.is(await left.ended, 0);
    t.is(await readFile(join(at, 'a'), 'utf8'), 'new');
  });

  test(`${name}: what is in place already is not among the changed, unless its mode differs or it is said to be other`, async (t) => {
    const at = await folder(t);
    for (const name of ['same', 'mode', 'bytes', 'size', 'other']) await writeFile(join(at, name), 'one', { mode: 0o644 });
    await mkdir(join(at, 'real'));
    await symlink('real', join(at, 'link'));
    const files = [
      ...file(join(at, 'same'), 3),
      ...file(join(at, 'mode'), 3, '600'),
      ...file(join(at, 'bytes'), 3),
      ...file(join(at, 'size'), 4),
      ...removal(join(at, 'none')),
      ...file(join(at, 'other'), 3, '644', 'other'),
    ];
    const script = start(shell, [6, ...files, 0]);
    script.say('oneend\noneend\ntwoend\nfourend\noneend\n');
    t.deepEqual((await script.until('checked')).slice(-2), ['absent 5', 'checked 2 3 4 6']);
    script.end();
    await script.ended;
  });

  test(`${name}: a swap that fails half-way is taken back`, async (t) => {
    const at = await folder(t);
    await writeFile(join(at, 'a'), 'old');
    await writeFile(join(at, 'b'), 'old');
    const script = start(shell, [2, ...file(join(at, 'a'), 3), ...file(join(at, 'b'), 3), 0, 'run', 'touch', join(at, 'acted')]);
    script.say('newend\nnewend\n');
    await script.until('checked');
    const candidate = (await readdir(at)).find((name) => name.startsWith('.b.windlass-new-')) ?? '';
    await rm(join(at, candidate));
    script.say('go\n');
    t.deepEqual(await script.until('failed'), ['failed swap 2']);
    t.is(await script.ended, 1);
    t.deepEqual((await readdir(at)).sort(), ['a', 'b']);
    t.deepEqual([await readFile(join(at, 'a'), 'utf8'), await readFile(join(at, 'b'), 'utf8')], ['old', 'old']);
  });
}
