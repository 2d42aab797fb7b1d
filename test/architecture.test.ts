import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const source = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../src/' : '../src/', import.meta.url));

/** The rooms of ARCHITECTURE.md, the ground first: an import goes to a lower ring, or to an earlier room of the pure ring. */
const rings: readonly (readonly string[])[] = [
  ['model', 'errors.ts', 'secret.ts', 'log.ts', 'lifecycle.ts', 'fault.ts', 'keyed-lock.ts', 'standard-signature.ts'],
  ['repository', 'rendering', 'planning'],
  ['queue', 'git', 'docker', 'status'],
  ['imagebuild', 'containers', 'configpush', 'inventory'],
  ['webhooks', 'api', 'workers'],
  [
    'controller',
    'agent',
    'doctor',
    'controller.ts',
    'agent.ts',
    'up.ts',
    'settings.ts',
    'settings-fault.ts',
    'settings-reader.ts',
    'settings-store.ts',
    'settings-values.ts',
    'state-lock.ts',
    'state-mark.ts',
    'version.ts',
  ],
  ['cli'],
];

/** The one room that may import an outside library. Types of the engine's shapes are re-exported by docker/. */
const soleImporters: Readonly<Record<string, string>> = {
  commander: 'cli',
  express: 'webhooks api',
  helmet: 'api',
  'express-rate-limit': 'api',
  'prom-client': 'api',
  bullmq: 'queue',
  ioredis: 'queue',
  'isomorphic-git': 'git',
  dockerode: 'docker',
  octokit: 'status',
  yaml: 'repository',
  'dockerfile-ast': 'repository',
  '@balena/dockerignore': 'repository',
  mustache: 'rendering',
  '@marcbachmann/cel-js': 'rendering',
  pino: 'log.ts',
  diff: 'controller',
  'tar-stream': 'imagebuild configpush docker',
};

/** Where data enters, and zod checks it: schemas, Redis, requests, the engine's and agents' answers, arguments. */
const dataEnters = ['model', 'queue', 'webhooks', 'api', 'docker', 'inventory', 'cli'];

/** Rings 0 and 1 decide from values alone: none of these modules… */
const effects = /^node:(fs|net|tls|http|https|http2|dgram|child_process|dns|timers|perf_hooks|process|worker_threads|os)\b/;

/** …nor a clock, chance, timers, the network or the process without an import. */
const globalEffects =
  /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)|\bperformance\.|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(|\bMath\.random\b|\brandom(?:Bytes|UUID|Int)\b|(?<!-)\bprocess\.\w+/g;

/** An injection point kills the process, which is what it is for; a test gives it another sender. */
const honestEffects: Readonly<Record<string, readonly string[]>> = { 'fault.ts': ['process.kill', 'process.pid'] };

interface SourceFile {
  readonly file: string;
  readonly room: string;
  readonly text: string;
}

async function sources(): Promise<readonly SourceFile[]> {
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.ts'));
  return Promise.all(
    files.map(async (file) => ({ file, room: file.split('/')[0] ?? '', text: await readFile(`${source}${file}`, 'utf8') })),
  );
}

interface Import {
  readonly file: string;
  readonly room: string;
  readonly to: string;
}

async function imports(): Promise<readonly Import[]> {
  return (await sources()).flatMap(({ file, room, text }) => {
    const targets = [
      ...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g),
    ];
    return targets.map((match) => ({ file, room, to: match[1] ?? match[2] ?? match[3] ?? '' }));
  });
}

const ringOf = (room: string) => rings.findIndex((rooms) => rooms.includes(room));

function targetRoom({ file, to }: Import): string | undefined {
  if (!to.startsWith('.')) return undefined;
  return new URL(to, `file:///${file}`).pathname.slice(1).split('/')[0];
}

test('every file of src is in a room of the table', async (t) => {
  const rooms = new Set((await readdir(source)).filter((name) => name.endsWith('.ts') || !name.includes('.')));
  t.deepEqual(
    [...rooms].filter((room) => ringOf(room) < 0),
    [],
  );
});

test('imports point down, and sideways only among the pure rooms in their order', async (t) => {
  const wrong = (await imports()).filter((one) => {
    const target = targetRoom(one);
    if (target === undefined || target === one.room) return false;
    const [from, to] = [ringOf(one.room), ringOf(target)];
    if (from !== to) return from < to;
    const order = rings[from] ?? [];
    return from === 1 ? order.indexOf(target) > order.indexOf(one.room) : from !== 0 && from !== 5;
  });
  t.deepEqual(
    wrong.map(({ file, to }) => `${file} imports ${to}`),
    [],
  );
});

test('each outside library is imported in its own room alone', async (t) => {
  const outside = (await imports()).filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'));
  const wrong = outside.filter(({ room, to }) => {
    const library = to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : (to.split('/')[0] ?? '');
    if (library === 'zod') return !dataEnters.includes(room) && !room.startsWith('settings');
    return !(soleImporters[library] ?? '').split(' ').includes(room);
  });
  t.deepEqual(
    wrong.map(({ file, to }) => `${file} imports ${to}`),
    [],
  );
});

test('what decides touches no clock, disk or network', async (t) => {
  const pure = (await imports()).filter(({ room, to }) => ringOf(room) <= 1 && effects.test(to));
  const wrong = pure.map(({ file, to }) => `${file} imports ${to}`);
  for (const { file, text } of (await sources()).filter(({ room }) => ringOf(room) <= 1)) {
    for (const [found] of text.matchAll(globalEffects)) {
      if (!honestEffects[file]?.includes(found)) wrong.push(`${file} has ${found}`);
    }
  }
  t.deepEqual(wrong, []);
});

test('the environment is read and the process ended in one place each', async (t) => {
  t.deepEqual(
    (await sources()).filter(({ text }) => /process\.(env|exit)\b/.test(text)).map(({ file }) => file),
    ['cli/main.ts'],
  );
});

/** Biome breaks code at this width, and leaves comments as they are. */
const columns = 140;

test('no comment is wider than the code beside it may be', async (t) => {
  const lines = (await sources()).flatMap(({ file, text }) =>
    text.split('\n').map((line, index) => ({ line, place: `${file}:${index + 1}` })),
  );
  const wide = lines.filter(({ line }) => line.length > columns && /^\s*(\/\/|\/?\*)/.test(line));
  t.deepEqual(
    wide.map(({ place }) => place),
    [],
  );
});
