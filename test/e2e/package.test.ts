import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { checkout } from '../../playground/windlass-process.ts';

const run = promisify(execFile);

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

let folder = '';
let packed: Packed;

test.before('npm packs it', async () => {
  folder = await mkdtemp(join(tmpdir(), 'windlass-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: checkout });
  // npm 12 gives a record by package name, older ones a list.
  const [first] = Object.values(JSON.parse(stdout) as Record<string, Packed>);
  if (!first) throw new Error(`npm pack said ${stdout}`);
  packed = first;
});

test.after.always('its folder goes', () => rm(folder, { recursive: true, force: true }));

test('The package has what runs and what explains it, and nothing else', (t) => {
  const known =
    /^(bin\/windlass|dist\/src\/.+\.js|config-repo-example\/.+|docs\/.+\.md|schemas\/.+\.json|LICENSE|(README|CHANGELOG|ARCHITECTURE|CONTRIBUTING|SECURITY)\.md|compose\.yaml|package\.json)$/;
  t.deepEqual(
    packed.files.map(({ path }) => path).filter((path) => !known.test(path)),
    [],
  );
  for (const needed of ['bin/windlass', 'dist/src/cli/main.js', 'dist/src/workers/plan-thread.js', 'LICENSE'])
    t.true(
      packed.files.some(({ path }) => path === needed),
      needed,
    );
  t.is((packed.files.find(({ path }) => path === 'bin/windlass')?.mode ?? 0) & 0o111, 0o111);
});

test('Unpacked outside a checkout, with nothing beside it but its dependencies, it runs', async (t) => {
  const home = join(folder, 'lib', 'node_modules', 'windlass');
  await mkdir(home, { recursive: true });
  await run('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', home]);
  const { dependencies, scripts } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  for (const name of Object.keys(dependencies ?? {})) {
    const link = join(home, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(checkout, 'node_modules', name), link);
  }
  const environment = { PATH: process.env.PATH, HOME: folder };
  const windlass = (...args: string[]) => run(join(home, 'bin', 'windlass'), args, { cwd: folder, env: environment });
  t.regex((await windlass('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
  t.regex((await windlass('validate', join(home, 'config-repo-example'))).stderr, /no mistakes/);
  // npm runs it where somebody allows the package its scripts: there is nothing to compile there.
  await t.notThrowsAsync(run('sh', ['-c', scripts?.prepare ?? 'false'], { cwd: home }));
  for (const start of ['controller.js', 'agent.js', 'workers/plan-thread.js', 'webhooks/post-receive.js'])
    await t.notThrowsAsync(run(process.execPath, ['-e', `import('${join(home, 'dist/src', start)}').then(() => process.exit())`]), start);
});
