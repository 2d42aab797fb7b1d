import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { debianTar, ensurePrograms, programs } from './machine.ts';
import { nodeProgram, sidEngine } from './other-versions.ts';
import { runAva } from './run-ava.ts';

const run = promisify(execFile);
const say = (line: string) => void process.stderr.write(`${line}\n`);

/** What docs/limitations.md says that windlass was tried on, by where it is from. */
const engines: Readonly<Record<string, { readonly version: string; readonly folders: () => Promise<readonly string[]> }>> = {
  installed: { version: '20.10.', folders: async () => [] },
  sid: { version: '28.', folders: () => sidEngine(say) },
};

/**
 * The tests on every pair of Node and engine, one after the other: `npm run test:matrix -- [--node 24] [--engine sid] [--any] [PATTERN…]`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', multiple: true, default: ['20', '24'] },
    engine: { type: 'string', multiple: true, default: Object.keys(engines) },
    // Whatever version the engine has: for what this machine or sid has now.
    any: { type: 'boolean', default: false },
  },
});

const patterns = positionals.length > 0 ? positionals : ['dist/unit/*.test.js', 'dist/test/{integration,e2e}/**/*.test.js'];
const results: string[] = [];
try {
  await ensurePrograms(Object.values(programs), say);
  await debianTar(say);
  for (const engine of values.engine)
    for (const node of values.node) results.push(await runCell(await nodeProgram(Number(node), say), engine));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
console.log(results.join('\n'));

/**
 * What was run, as the programs themselves say, and how it ended. Another engine than the one that is meant is refused before it takes its
 * time.
 */
async function runCell(node: string, engine: string): Promise<string> {
  const meant = engines[engine];
  if (meant === undefined) throw new Error(`--engine ${engine}: write ${Object.keys(engines).join(' or ')}`);
  const folders = await meant.folders();
  const search = [dirname(node), ...folders, process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: search, WINDLASS_TEST_ENGINE: folders.join(delimiter) };
  const [nodeVersion, engineVersion] = await Promise.all([versionOf(node, env), versionOf('dockerd', env)]);
  const title = `Node ${nodeVersion}, engine ${engineVersion} (${engine})`;
  console.log(`== ${title}`);
  const isMeant = engineVersion.startsWith(meant.version);
  if (!isMeant)
    say(`the ${engine} engine is no ${meant.version}x, which docs/limitations.md names; --any runs the tests on it all the same`);
  const note = isMeant ? '' : `, and not ${meant.version}x`;
  if (!isMeant && !values.any) {
    process.exitCode = 1;
    return `NOT RUN  ${title}${note}`;
  }
  const { passed, failed, seconds, ok } = await runAva(patterns, { node, env });
  if (!ok) process.exitCode = 1;
  const lines = [`${ok ? 'passed' : 'FAILED'}  ${title}${note}: ${passed} passed, ${failed.length} failed, ${seconds} s`, ...failed];
  return lines.join('\n          ');
}

/** `28.5.2`, without whatever stands before or behind it. */
async function versionOf(program: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await run(program, ['--version'], { env });
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? stdout.trim();
}
