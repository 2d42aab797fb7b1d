import { pipeline, type Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import test from 'ava';
import { extract } from 'tar-stream';
import { ObjectTooLarge } from '../../src/git/objects.ts';
import { type BuildContext, createContextTar } from '../../src/imagebuild/context-tar.ts';

type Files = Readonly<Record<string, { mode?: string; content: string | Buffer }>>;

/** The context of a tree that has these files; `reads` are the paths that were read. */
function contextOf(files: Files, options: Partial<BuildContext> = {}): BuildContext & { reads: string[] } {
  const reads: string[] = [];
  return {
    entries: Object.entries(files).map(([path, { mode = '100644' }]) => ({ path, mode, oid: path })),
    read: async (oid) => {
      reads.push(oid);
      return Buffer.from(files[oid]?.content ?? '');
    },
    folder: '',
    dockerfile: 'Dockerfile',
    rewrittenDockerfile: 'FROM acme/base:windlass-1\n',
    reads,
    ...options,
  };
}

/** One line for each entry of a tar. */
async function list(tar: Readable): Promise<string[]> {
  const lines: string[] = [];
  const entries = extract();
  pipeline(tar, entries, () => {});
  for await (const entry of entries) {
    const { name, mode, uid, gid, mtime, linkname, type } = entry.header;
    const what = type === 'symlink' ? `-> ${linkname}` : JSON.stringify(await text(entry as unknown as Readable));
    lines.push(`${(mode & 0o7777).toString(8)} ${uid}:${gid} ${mtime?.getTime()} ${name} ${type === 'directory' ? '' : what}`.trimEnd());
    entry.resume();
  }
  return lines;
}

const example: Files = {
  'web/src/run.sh': { mode: '100755', content: 'run' },
  'web/src/empty': { content: '' },
  'web/Dockerfile': { content: 'FROM acme/base\n' },
  'web/.dockerignore': { content: '*.md' },
  'web/notes.md': { content: 'left out' },
  'web/current': { mode: '120000', content: 'src/run.sh' },
  'web/zone': { mode: '120000', content: '/usr/share/zoneinfo/UTC' },
  elsewhere: { content: 'left out' },
};

test('A context holds its files, symlinks and the rewritten Dockerfile, the same bytes every time', async (t) => {
  const context = contextOf(example, { folder: 'web' });
  t.deepEqual(await list(await createContextTar(context)), [
    '644 0:0 0 Dockerfile "FROM acme/base:windlass-1\\n"',
    '644 0:0 0 .dockerignore "*.md"',
    '777 0:0 0 current -> src/run.sh',
    '755 0:0 0 src/',
    '644 0:0 0 src/empty ""',
    '755 0:0 0 src/run.sh "run"',
    '777 0:0 0 zone -> /usr/share/zoneinfo/UTC',
  ]);
  const shuffled = { ...context, entries: context.entries.toReversed() };
  t.deepEqual(await buffer(await createContextTar(context)), await buffer(await createContextTar(shuffled)));
});

test('A Dockerfile in a folder, or left out by its own dockerignore, is there', async (t) => {
  const files = { 'docker/web/Dockerfile': { content: 'x' }, 'docker/web/Dockerfile.dockerignore': { content: '*' }, a: { content: 'a' } };
  const names = (await list(await createContextTar(contextOf(files, { dockerfile: 'docker/web/Dockerfile' })))).map(
    (line) => line.split(' ')[3],
  );
  t.deepEqual(names, ['docker/', 'docker/web/', 'docker/web/Dockerfile']);
});

test('Long names and names beyond ASCII arrive as they are', async (t) => {
  const name = `${'long/'.repeat(60)}größe-😀`;
  const lines = await list(await createContextTar(contextOf({ [name]: { content: 'x' } })));
  t.true(lines.includes(`644 0:0 0 ${name} "x"`));
});

test('All files have the time that was given', async (t) => {
  const lines = await list(await createContextTar(contextOf(example, { folder: 'web', mtime: new Date(1_700_000_000_000) })));
  t.true(lines.every((line) => line.includes(' 1700000000000 ')));
});

for (const target of ['../secret', 'a/../../x', '..', '../web/file']) {
  test(`A symlink to ${target} is refused before the first byte`, async (t) => {
    const context = contextOf({ 'web/out': { mode: '120000', content: target } }, { folder: 'web' });
    await t.throwsAsync(createContextTar(context), {
      code: 'build',
      message: `out is a symlink to ${target}, outside the build context; point it to a file of the context`,
    });
  });
}

test('A symlink from a folder to a file above it in the context is kept', async (t) => {
  const lines = await list(await createContextTar(contextOf({ 'a/b/link': { mode: '120000', content: '../../..hidden' } })));
  t.true(lines.includes('777 0:0 0 a/b/link -> ../../..hidden'));
});

test('A folder that is not there is a build error', async (t) => {
  await t.throwsAsync(createContextTar(contextOf(example, { folder: 'nowhere' })), { code: 'build', message: /nowhere/ });
});

test('Files are read one after the other as the reader takes them, and no more once it leaves', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, { content: Buffer.alloc(1_000_000) }]));
  const context = contextOf(files);
  const tar = await createContextTar(context);
  let taken = 0;
  for await (const chunk of tar) {
    taken += chunk.length;
    t.true(context.reads.length <= taken / 1_000_000 + 3, `${context.reads.length} files read for ${taken} bytes`);
    if (taken > 10_000_000) break;
  }
  const reads = context.reads.length;
  await new Promise((resolve) => setImmediate(resolve));
  t.is(context.reads.length, reads);
});

test('A file that cannot be read breaks the tar off with its error', async (t) => {
  const context = contextOf(example, {
    folder: 'web',
    read: async (oid) => (oid.endsWith('run.sh') ? Promise.reject(new Error('object is lost')) : Buffer.from('')),
  });
  await t.throwsAsync(async () => list(await createContextTar(context)), { message: 'object is lost' });
});

test('A file that is too large to pass is named, with what to do', async (t) => {
  const context = contextOf(example, { folder: 'web' });
  const read = async (oid: string) => {
    if (oid === 'web/src/run.sh') throw new ObjectTooLarge(oid, 2 ** 31, 2 ** 29);
    return context.read(oid);
  };
  await t.throwsAsync(async () => buffer(await createContextTar({ ...context, read })), {
    message: /^src\/run\.sh of the build context cannot be sent: .*2048 MiB.*512 MiB.*\.dockerignore/,
  });
});
