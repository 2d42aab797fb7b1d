import { execFileSync } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { pack } from 'tar-stream';
import { createEngine } from '../../../src/docker/create-engine.ts';
import type { BuildOptions, Engine } from '../../../src/docker/engine.ts';
import { engineStatus } from '../../../src/docker/errors.ts';
import type { WindlassError } from '../../../src/errors.ts';
import { startEngine, type TestEngine } from '../../support/engine.ts';

let host: TestEngine;
let engine: Engine;

test.before(async () => {
  host = await startEngine();
  engine = createEngine({ url: host.dockerHost });
});
test.after.always(() => host?.stop());

function context(files: Readonly<Record<string, string>>): Readable {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name, mtime: new Date(0) }, content);
  tar.finalize();
  return tar as unknown as Readable;
}

/** Builds a Dockerfile; the lines of the log beside the id. */
async function build(dockerfile: string, options: Partial<BuildOptions> & { files?: Record<string, string> } = {}) {
  const { files, ...rest } = options;
  const lines: string[] = [];
  const all = { tags: [], dockerfile: 'Dockerfile', args: {}, labels: {}, onLine: (line: string) => void lines.push(line), ...rest };
  const id = await engine.buildImage(context({ Dockerfile: dockerfile, ...files }), all);
  return { id, lines };
}

test('An image is built with its tags, labels and arguments, and each line of the log comes once', async (t) => {
  const dockerfile = `FROM busybox:latest
ARG WORD
COPY note /note
RUN echo "grüße $WORD" && printf 'two\\nthree' && sleep 0.1 && echo ' and a half'
RUN cat /note`;
  const { id, lines } = await build(dockerfile, {
    files: { note: 'noted\n' },
    tags: ['acme/one:latest', 'acme/one:windlass-1'],
    labels: { 'windlass.inputs': 'abc' },
    args: { WORD: 'Welt' },
  });
  const image = await engine.inspectImage('acme/one:windlass-1');
  t.is(image?.Id, id);
  t.deepEqual(image?.RepoTags.toSorted(), ['acme/one:latest', 'acme/one:windlass-1']);
  t.is(image?.Config.Labels['windlass.inputs'], 'abc');
  const times = (line: string) => lines.filter((one) => one === line).length;
  for (const line of ['grüße Welt', 'two', 'three and a half', 'noted', '[4/4] RUN cat /note'])
    t.is(times(line), 1, `${line}: ${lines.join('\n')}`);
  t.false(lines.some((line) => /^\[sha256:/.test(line)));
});

test('A chain builds on what was built before', async (t) => {
  await build('FROM busybox:latest\nRUN echo base > /base', { tags: ['acme/base:windlass-1'] });
  const { id } = await build('FROM acme/base:windlass-1\nRUN cat /base > /top', { tags: ['acme/top:windlass-1'] });
  const container = await engine.createContainer({ Image: id, Cmd: ['sh', '-c', 'test "$(cat /top)" = base'] });
  await engine.startContainer(container);
  t.is(await engine.waitContainer(container), 0);
});

test('A failing step is a build error with the words of its program', async (t) => {
  const failing = build('FROM busybox:latest\nRUN echo first >&2 && echo why it failed >&2 && exit 3', { tags: ['acme/broken:latest'] });
  const error = await t.throwsAsync<WindlassError>(failing, { code: 'build', message: /^build image acme\/broken:latest: .*exit code: 3/ });
  t.regex(error?.output ?? '', /\nfirst\nwhy it failed\n/);
  t.is(await engine.inspectImage('acme/broken:latest'), undefined);
});

const mistakes: [string, string, RegExp][] = [
  ['a Dockerfile that cannot be read', 'FROM busybox:latest\nBOGUS x', /BOGUS/i],
  ['a base image that is not there', 'FROM 127.0.0.1:9/acme/nowhere:1', /acme\/nowhere/],
  ['a file that is not in the context', 'FROM busybox:latest\nCOPY missing /', /missing/],
];
for (const [what, dockerfile, message] of mistakes) {
  test(`A build error tells of ${what}`, async (t) => {
    await t.throwsAsync(build(dockerfile, { tags: ['acme/mistake:latest'] }), { code: 'build', message });
  });
}

/** Whether the processes that have a word in their command line end within 5 s. */
async function gone(word: string): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    if (!execFileSync('ps', ['-eo', 'args']).includes(word)) return true;
    await sleep(100);
  }
  return false;
}

test('An aborted build stops, leaves nothing behind and rejects with the reason', async (t) => {
  const stop = new AbortController();
  const reason = new Error('not wanted any more');
  const mark = `finished-${process.pid}`;
  const onLine = (line: string) => {
    if (line === 'started') stop.abort(reason);
  };
  const aborted = build(`FROM busybox:latest\nRUN echo started && sleep 60 && echo ${mark}`, {
    tags: ['acme/aborted:latest'],
    onLine,
    signal: stop.signal,
  });
  await t.throwsAsync(aborted, { is: reason });
  t.is(await engine.inspectImage('acme/aborted:latest'), undefined);
  t.true((await engine.listImages()).every(({ RepoTags }) => RepoTags?.[0] !== '<none>:<none>'));
  t.true(await gone(mark));
});

test.serial('No connection is left open by builds that fail or are aborted', async (t) => {
  const connections = () => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
  await engine.info();
  const before = connections();
  const options = { tags: ['Not A Tag'], dockerfile: 'Dockerfile', args: {}, labels: {}, onLine: () => {} };
  for (let tries = 0; tries < 4; tries++) {
    await t.throwsAsync(engine.buildImage(context({ Dockerfile: 'FROM busybox:latest' }), options), { code: 'build' });
    const signal = AbortSignal.timeout(400);
    const slow = context({ Dockerfile: `FROM busybox:latest\nRUN sleep 9${tries}` });
    await t.throwsAsync(engine.buildImage(slow, { ...options, tags: [], signal }), { any: true });
  }
  t.true(connections() - before < 4, `${connections()} connections after, ${before} before`);
});

for (const [when, afterMs] of [
  ['before it is asked for', 0],
  ['on its way', 300],
] as const) {
  test(`A context that breaks off ${when} fails the build with its own error`, async (t) => {
    const broken = new PassThrough();
    broken.write(Buffer.alloc(512));
    setTimeout(() => broken.destroy(new Error('the controller is gone')), afterMs);
    const options = { tags: ['acme/half:latest'], dockerfile: 'Dockerfile', args: {}, labels: {}, onLine: () => {} };
    await t.throwsAsync(engine.buildImage(broken, options), { message: /the controller is gone/ });
  });
}

test('A saved image is the same image in another engine', async (t) => {
  const other = await startEngine([]);
  t.teardown(() => other.stop());
  const far = createEngine({ url: other.dockerHost });
  const { id } = await build('FROM busybox:latest\nRUN echo travel > /bag', { tags: ['acme/travel:windlass-1', 'acme/travel:latest'] });
  await far.loadImage(await engine.saveImage('acme/travel:windlass-1'));
  const image = await far.inspectImage('acme/travel:windlass-1');
  t.is(image?.Id, id);
  t.deepEqual(image?.RepoTags, ['acme/travel:windlass-1']);
  await t.throwsAsync(far.loadImage(context({ nonsense: 'x' })), { code: 'docker', message: /^load an image/ });
});

test('Images are tagged, listed and removed tag by tag', async (t) => {
  const { id } = await build('FROM busybox:latest\nRUN echo tags', { tags: ['acme/tags:a'] });
  await engine.tagImage(id, 'acme/tags', 'b');
  t.deepEqual((await engine.listImages()).find(({ Id }) => Id === id)?.RepoTags?.toSorted(), ['acme/tags:a', 'acme/tags:b']);
  await engine.removeImage('acme/tags:a');
  await engine.removeImage('acme/tags:a');
  t.deepEqual((await engine.inspectImage(id))?.RepoTags, ['acme/tags:b']);
  const container = await engine.createContainer({ Image: 'acme/tags:b' });
  t.is(engineStatus(await t.throwsAsync(engine.removeImage('acme/tags:b'), { message: /conflict/ })), 409);
  await engine.removeContainer(container);
});

test('A registry that is away and a reference that is none are told', async (t) => {
  await t.throwsAsync(
    engine.pullImage('127.0.0.1:9/acme/web:1', () => {}),
    { code: 'docker', message: /^pull image 127\.0\.0\.1:9\/acme\/web:1: / },
  );
  await t.throwsAsync(
    engine.pullImage('acme/../x', () => {}),
    { message: /is not the reference/ },
  );
});
