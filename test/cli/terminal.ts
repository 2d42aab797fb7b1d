import { spawn } from 'node:child_process';
import type { ExecutionContext } from 'ava';
import { adminToken, type Served, serve } from '../api/serve.ts';
import { main } from './windlass.ts';

export interface Terminal extends Served {
  /** What is on the screen now, without colours. */
  screen(): string;
  /** Everything that was written, escape sequences included. */
  written(): string;
  /** Resolves once the screen shows it. */
  shows(text: string | RegExp): Promise<void>;
  type(text: string): void;
  readonly ended: Promise<number | null>;
}

/** `windlass …` in a real pseudo-terminal of this size, which script(1) of util-linux makes, over an API in memory. */
export async function terminal(
  t: ExecutionContext,
  args: readonly string[],
  prepare: (served: Served) => void,
  { columns = 80, rows = 24, env = {} as Readonly<Record<string, string>> } = {},
): Promise<Terminal> {
  const served = await serve(t);
  prepare(served);
  const command = `stty cols ${columns} rows ${rows}; exec ${[process.execPath, main, ...args].map((part) => `'${part}'`).join(' ')}`;
  const settings = { PATH: process.env.PATH, HOME: '/nonexistent', WINDLASS_URL: served.url, WINDLASS_ADMIN_TOKEN: adminToken };
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...settings, TERM: 'xterm', LANG: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let written = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const screen = () => screenOf(written);
  return {
    ...served,
    screen,
    written: () => written,
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = () => void ((typeof text === 'string' ? screen().includes(text) : text.test(screen())) && resolve());
        waiting.add(look);
        look();
        ended.then(() => reject(new Error(`it ended without ${text}:\n${screen()}`)));
      }),
    type: (text) => void child.stdin.write(text),
    ended,
  };
}

/** What a terminal shows after these bytes: of its sequences those that move up, clear to the end, and colour. */
function screenOf(written: string): string {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal carries out
  for (const [part, count, action] of written.matchAll(/\u001b\[(\d*)([A-Za-z])|\r|\n|[^\u001b\r\n]+/g)) {
    if (action === 'A') row = Math.max(row - Number(count || 1), 0);
    else if (action === 'J') lines.splice(row, lines.length, (lines[row] ?? '').slice(0, column));
    else if (action === undefined && part === '\r') column = 0;
    else if (action === undefined && part === '\n') lines[++row] ??= '';
    else if (action === undefined) {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + part + line.slice(column + part.length);
      column += part.length;
    }
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
