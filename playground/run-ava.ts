import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How AVA's run ended. */
export interface AvaRun {
  readonly passed: number;
  /** Titles. */
  readonly failed: readonly string[];
  readonly seconds: number;
  /** There were tests, none of them failed, and none was cut off. */
  readonly ok: boolean;
}

const ava = fileURLToPath(new URL('../../node_modules/ava/entrypoints/cli.mjs', import.meta.url));
const slowMs = 30_000;

/** Runs AVA with these arguments, by default on this Node, and shows of its TAP only what fails and what takes long. */
export async function runAva(
  args: readonly string[],
  { node = process.execPath, env = process.env }: { readonly node?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<AvaRun> {
  const child = spawn(node, [ava, '--tap', ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const failed: string[] = [];
  let passed = 0;
  let last = started;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, not, title] = /^(not )?ok \d+ - (.*)$/.exec(line) ?? [];
    if (title !== undefined) {
      if (not) failed.push(title);
      else passed += 1;
      const tookMs = Date.now() - last;
      last = Date.now();
      if (not || tookMs > slowMs) console.log(`${not ? 'FAILED' : 'ok'}  ${title}`);
      else if ((passed + failed.length) % 100 === 0) console.log(`${passed + failed.length} tests so far, ${seconds()} s`);
    } else if (!/^(TAP version|1\.\.|#)/.test(line) && line.trim() !== '') {
      console.log(line);
    }
  }
  const status = await exited;
  return { passed, failed, seconds: seconds(), ok: status === 0 && failed.length === 0 && passed > 0 };
}
