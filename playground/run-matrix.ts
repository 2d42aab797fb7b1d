import { execFile, spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { debianTar, ensurePrograms, programs } from './machine.ts';
import { nodeProgram, sidEngine } from './other-versions.ts';
import { checkout } from './windlass-process.ts';

const run = promisify(execFile);
const say = (line: string) => void process.stderr.write(`${line}\n`);

/** The tests on every pair of Node and engine, one after the other: `npm run test:matrix -- [--node 24] [--engine sid] [PATTERN…]`. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', multiple: true, default: ['20', '24'] },
    engine: { type: 'string', multiple: true, default: ['installed', 'sid'] },
  },
});

const patterns = positionals.length > 0 ? positionals : ['dist/unit/*.test.js', 'dist/test/{integration,e2e}/**/*.test.js'];
const results: string[] = [];
try {
  await ensurePrograms(Object.values(programs), say);
  await debianTar(say);
  for (const engine of values.engine) {
    const folders = await engineFolders(engine);
    for (const node of values.node) results.push(await runCell(await nodeProgram(Number(node), say), folders));
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
console.log(results.join('\n'));

async function engineFolders(engine: string): Promise<readonly string[]> {
  if (engine === 'installed') return [];
  if (engine === 'sid') return sidEngine(say);
  throw new Error(`--engine ${engine}: write installed or sid`);
}

/** What was run, as the programs themselves say, and how it ended. */
async function runCell(node: string, folders: readonly string[]): Promise<string> {
  const search = [dirname(node), ...folders, process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: search, WINDLASS_TEST_ENGINE: folders.join(delimiter) };
  const [{ stdout: nodeVersion }, { stdout: engineVersion }] = await Promise.all([
    run(node, ['--version']),
    run('dockerd', ['--version'], { env }),
  ]);
  const title = `Node ${nodeVersion.trim()}, ${engineVersion.trim().replace(/, build .*/, '')}`;
  console.log(`== ${title}`);
  const tests = spawn(node, [join(checkout, 'dist/playground/run-tests.js'), ...patterns], { cwd: checkout, env, stdio: 'inherit' });
  const status = await new Promise<number>((resolve) => tests.once('close', (code) => resolve(code ?? 1)));
  if (status !== 0) process.exitCode = 1;
  return `${status === 0 ? 'passed' : 'FAILED'}  ${title}`;
}
