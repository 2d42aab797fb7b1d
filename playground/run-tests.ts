import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Runs AVA in TAP, shows what fails and what takes long, and closes with one line of totals. */
const slowMs = 30_000;
const ava = fileURLToPath(new URL('../../node_modules/ava/entrypoints/cli.mjs', import.meta.url));
const child = spawn(process.execPath, [ava, '--tap', ...process.argv.slice(2)], { stdio: ['ignore', 'pipe', 'inherit'] });
const started = Date.now();
let passed = 0;
let failed = 0;
let last = Date.now();

for await (const line of createInterface({ input: child.stdout })) {
  const result = /^(not )?ok \d+ - (.*)$/.exec(line);
  if (result) {
    const [, not, title] = result;
    if (not) failed += 1;
    else passed += 1;
    const tookMs = Date.now() - last;
    last = Date.now();
    if (not || tookMs > slowMs) console.log(`${not ? 'FAILED' : 'ok'}  ${title}`);
    else if ((passed + failed) % 100 === 0) console.log(`${passed + failed} tests so far, ${Math.round((Date.now() - started) / 1000)} s`);
  } else if (!/^(TAP version|1\.\.|#)/.test(line) && line.trim() !== '') {
    console.log(line);
  }
}
const status = await new Promise<number>((resolve) =>
  child.exitCode === null ? child.once('close', (code) => resolve(code ?? 1)) : resolve(child.exitCode),
);
console.log(`${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = status !== 0 || failed > 0 || passed === 0 ? 1 : 0;
