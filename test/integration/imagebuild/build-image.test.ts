import { Readable } from 'node:stream';
import test from 'ava';
import { createEngine } from '../../../src/docker/create-engine.ts';
import type { Engine } from '../../../src/docker/engine.ts';
import { type Fault, noFault } from '../../../src/fault.ts';
import { buildImage, createImageBuilder } from '../../../src/imagebuild/build-image.ts';
import { createContextTar } from '../../../src/imagebuild/context-tar.ts';
import { createImageStore, type ImageStoreOptions } from '../../../src/imagebuild/image-store.ts';
import { pruneImages } from '../../../src/imagebuild/prune-images.ts';
import { silentLog } from '../../../src/log.ts';
import { pinnedReference } from '../../../src/model/image.ts';
import type { BuildImageStep } from '../../../src/model/step.ts';
import { startEngine, type TestEngine } from '../../support/engine.ts';

let host: TestEngine;
let engine: Engine;

test.before(async () => {
  host = await startEngine();
  engine = createEngine({ url: host.dockerHost });
});
test.after.always(() => host?.stop());

/** Nothing behind the point is done, as after a death there. */
const dyingAt =
  (point: string): Fault =>
  (passed) => {
    if (passed === point) throw new Error(`died at ${point}`);
  };

/** The step that builds an image whose inputs are a digit, repeated. */
function stepOf(image: string, digit: string): BuildImageStep {
  const inputs = digit.repeat(64);
  const name = image.split(':')[0] ?? '';
  return {
    kind: 'build-image',
    name: image,
    host: 'builder',
    reason: 'not built yet',
    inputs,
    tags: [image, pinnedReference({ name, inputs })],
    context: { source: 'config', commit: 'c'.repeat(40), folder: 'images/it' },
    dockerfile: 'Dockerfile',
    args: {},
  };
}

/** Builds as an agent does, from a tree with this Dockerfile and a file `note`; what happened beside the result. */
async function build(step: BuildImageStep, dockerfile: string, options: { signal?: AbortSignal; onLine?: (line: string) => void } = {}) {
  const passed: string[] = [];
  const result = await buildImage(
    {
      engine,
      fetchContext: async ({ context, dockerfile: path }) => {
        passed.push('context');
        const entries = [{ path: `${context.folder}/note`, mode: '100644', oid: 'note' }];
        const read = async () => Buffer.from('a note\n');
        return createContextTar({ entries, read, folder: context.folder, dockerfile: path, rewrittenDockerfile: dockerfile });
      },
      onLine: options.onLine ?? (() => {}),
      signal: options.signal ?? new AbortController().signal,
      fault: (point) => void passed.push(point),
      log: silentLog,
    },
    step,
  );
  return { ...result, passed };
}

const tagsOf = async (id: string) => (await engine.inspectImage(id))?.RepoTags.toSorted();

/** Images without a name, of those that this file's builds made. */
const nameless = async () =>
  (await engine.listImages()).filter(({ RepoTags }) => !RepoTags || RepoTags[0] === '<none>:<none>').map(({ Id }) => Id);

/** An image that is not windlass's. */
async function buildByHand(...tags: string[]): Promise<string> {
  const context = await createContextTar({
    entries: [],
    read: async () => Buffer.alloc(0),
    folder: '',
    dockerfile: 'Dockerfile',
    rewrittenDockerfile: `FROM busybox:latest\nRUN echo ${tags.join()} by hand`,
  });
  return engine.buildImage(context, { tags, dockerfile: 'Dockerfile', args: {}, labels: {}, onLine: () => {} });
}

/** What a container of the image prints. */
async function output(image: string, ...argv: string[]) {
  const id = await engine.createContainer({ Image: image, Cmd: argv });
  await engine.startContainer(id);
  await engine.waitContainer(id);
  const chunks = await (await engine.containerLogs(id)).toArray();
  await engine.removeContainer(id);
  return Buffer.concat(chunks).toString();
}

test('A chain of two images is built in order, labelled, and not again for the same inputs', async (t) => {
  const base = await build(
    stepOf('chain/base:latest', '1'),
    'FROM busybox:latest\nCOPY note /note\nRUN echo "$(cat /note) more" > /more\n',
  );
  const top = await build(stepOf('chain/top:2', '2'), `FROM chain/base:windlass-${'1'.repeat(16)}\nRUN cp /more /most\n`);
  t.deepEqual(
    base.passed.filter((point) => point !== 'build:running'),
    ['build:start', 'context', 'build:done'],
  );
  t.true(base.passed.includes('build:running'), 'while the engine builds');
  t.is(await output(top.id, 'cat', '/most'), 'a note more\n');
  t.deepEqual(await tagsOf(top.id), ['chain/top:2', `chain/top:windlass-${'2'.repeat(16)}`]);
  t.like((await engine.inspectImage('chain/top:2'))?.Config.Labels, {
    'windlass.inputs': '2'.repeat(64),
    'windlass.image': 'chain/top:2',
    'org.opencontainers.image.revision': 'c'.repeat(40),
  });
  const again = await build(stepOf('chain/top:2', '2'), 'BROKEN');
  t.deepEqual(again, { id: top.id, skipped: true, passed: [] });
});

test('What is built already gets the tags that it lacks', async (t) => {
  const first = await build(stepOf('twice:a', '1'), 'FROM busybox:latest\nRUN echo 1\n');
  const second = await build(stepOf('twice:b', '1'), 'BROKEN');
  t.deepEqual(second, { id: first.id, skipped: true, passed: [] });
  t.deepEqual(await tagsOf(first.id), ['twice:a', 'twice:b', `twice:windlass-${'1'.repeat(16)}`]);
});

test('When a tag goes to a new image, the former one keeps a name, whoever made it', async (t) => {
  const byHand = await buildByHand('moving:latest');
  const one = await build(stepOf('moving:latest', '1'), 'FROM busybox:latest\nRUN echo one\n');
  const two = await build(stepOf('moving:latest', '2'), 'FROM busybox:latest\nRUN echo two\n');
  t.deepEqual(await tagsOf(byHand), [`moving:former-${byHand.slice(7, 19)}`]);
  t.deepEqual(await tagsOf(one.id), [`moving:windlass-${'1'.repeat(16)}`]);
  t.deepEqual(await tagsOf(two.id), ['moving:latest', `moving:windlass-${'2'.repeat(16)}`]);
  const back = await build(stepOf('moving:latest', '1'), 'BROKEN');
  t.is(back.id, one.id);
  t.deepEqual(await tagsOf(one.id), ['moving:latest', `moving:windlass-${'1'.repeat(16)}`]);
  t.deepEqual(await tagsOf(two.id), [`moving:windlass-${'2'.repeat(16)}`]);
  t.deepEqual(await nameless(), []);
});

test('A failed or aborted build moves no tag and leaves nothing nameless', async (t) => {
  const good = await build(stepOf('fails:latest', '1'), 'FROM busybox:latest\nRUN echo good\n');
  await t.throwsAsync(build(stepOf('fails:latest', '2'), 'FROM busybox:latest\nRUN echo half > /half\nRUN false\n'), { code: 'build' });
  const stop = new AbortController();
  const aborted = build(stepOf('fails:latest', '3'), 'FROM busybox:latest\nRUN echo started && sleep 50\n', {
    signal: stop.signal,
    onLine: (line) => {
      if (line === 'started') stop.abort(new Error('a newer push'));
    },
  });
  await t.throwsAsync(aborted, { message: 'a newer push' });
  t.deepEqual(await tagsOf(good.id), ['fails:latest', `fails:windlass-${'1'.repeat(16)}`]);
  t.deepEqual(await nameless(), []);
});

test('The context is what the applying dockerignore leaves of it', async (t) => {
  const files = new Map([
    ['.dockerignore', '*'],
    ['Dockerfile.dockerignore', '*\n!kept'],
    ['kept', 'kept'],
    ['left', 'left'],
  ]);
  const context = await createContextTar({
    entries: [...files.keys()].map((path) => ({ path, mode: '100644', oid: path })),
    read: async (oid) => Buffer.from(files.get(oid) ?? ''),
    folder: '',
    dockerfile: 'Dockerfile',
    rewrittenDockerfile: 'FROM busybox:latest\nCOPY . /context/\n',
  });
  const id = await engine.buildImage(context, { tags: ['ignores:1'], dockerfile: 'Dockerfile', args: {}, labels: {}, onLine: () => {} });
  t.is(await output(id, 'ls', '-A', '/context'), 'Dockerfile\nkept\n');
});

test('Builds of one name with other tags go side by side, and an image that loses both its names keeps one', async (t) => {
  const byHand = await buildByHand('matrix:a', 'matrix:b');
  let arrived = 0;
  let meet = () => {};
  const both = new Promise<void>((resolve) => {
    meet = resolve;
  });
  const builder = createImageBuilder({
    engine,
    fetchContext: async ({ tags: [tag = ''], dockerfile }) => {
      if (++arrived === 2) meet();
      await both;
      const rewrittenDockerfile = `FROM busybox:latest\nRUN echo ${tag}`;
      return createContextTar({ entries: [], read: async () => Buffer.alloc(0), folder: '', dockerfile, rewrittenDockerfile });
    },
    fault: () => {},
    log: silentLog,
  });
  await Promise.all(
    ['a', 'b'].map((tag, i) => builder.build(stepOf(`matrix:${tag}`, String(i + 1)), () => {}, new AbortController().signal)),
  );
  t.deepEqual(await tagsOf(byHand), [`matrix:former-${byHand.slice(7, 19)}`]);
  t.deepEqual(await nameless(), []);
});

test('Builds that share a tag take turns, and the second finds what the first has built', async (t) => {
  const builder = createImageBuilder({
    engine,
    fetchContext: async ({ dockerfile }) =>
      createContextTar({
        entries: [],
        read: async () => Buffer.alloc(0),
        folder: '',
        dockerfile,
        rewrittenDockerfile: 'FROM busybox:latest\nRUN date +%N',
      }),
    fault: () => {},
    log: silentLog,
  });
  const { signal } = new AbortController();
  const build = (tag: string, digit: string) => builder.build(stepOf(`turns:${tag}`, digit), () => {}, signal);
  const stop = new AbortController();
  const [first, second, other, left] = await Promise.allSettled([
    build('a', '1'),
    build('b', '1'),
    build('a', '2'),
    builder.build(stepOf('turns:a', '3'), () => {}, stop.signal),
    stop.abort(new Error('left the queue')),
  ]);
  t.like(first, { value: { skipped: false } });
  t.deepEqual(second, { status: 'fulfilled', value: { id: first.status === 'fulfilled' ? first.value.id : '', skipped: true } });
  t.like(other, { value: { skipped: false } });
  t.like(left, { reason: { message: 'left the queue' } });
  t.deepEqual(await nameless(), []);
});

test('A host fetches an image once for all who ask, by its pinned tag alone, and keeps it', async (t) => {
  const other = await startEngine([]);
  t.teardown(() => other.stop());
  const far = createEngine({ url: other.dockerHost });
  const step = stepOf('travels:latest', '7');
  const { id } = await build(step, 'FROM busybox:latest\nRUN echo seven > /seven\n');
  const reference = step.tags[1] ?? '';
  let fetched = 0;
  const fetchImage = (wanted: string) => {
    fetched++;
    return engine.saveImage(wanted);
  };
  const store = createImageStore({ engine: far, fetchImage, fault: noFault, log: silentLog });
  const { signal } = new AbortController();
  const image = { kind: 'built', reference, id } as const;
  t.deepEqual(await Promise.all([1, 2, 3].map(() => store.ensure(image, signal))), [id, id, id]);
  t.is(await store.ensure(image, signal), id);
  t.is(fetched, 1);
  t.deepEqual((await far.inspectImage(id))?.RepoTags, [reference]);
  await far.tagImage(id, 'kept', '1');
  await far.removeImage(reference);
  t.is(await store.ensure(image, signal), id);
  t.is(fetched, 1);
  t.deepEqual((await far.inspectImage(id))?.RepoTags.toSorted(), ['kept:1', reference].toSorted());
});

async function* brokenOff(tar: Readable): AsyncGenerator<unknown> {
  for await (const chunk of tar) {
    yield chunk;
    throw new Error('the controller is gone');
  }
}

test('A fetch that fails, is left or dies is told, and works the next time', async (t) => {
  const other = await startEngine([]);
  t.teardown(() => other.stop());
  const far = createEngine({ url: other.dockerHost });
  const step = stepOf('retried:latest', '8');
  const { id } = await build(step, 'FROM busybox:latest\nRUN echo eight > /eight\n');
  const image = { kind: 'built', reference: step.tags[1] ?? '', id } as const;
  const { signal } = new AbortController();
  const stop = new AbortController();
  const storeWith = (how: Partial<ImageStoreOptions>) =>
    createImageStore({ engine: far, fault: noFault, log: silentLog, fetchImage: engine.saveImage, ...how });
  const broken = storeWith({
    fetchImage: async (wanted) => Readable.from(brokenOff(await engine.saveImage(wanted))),
  });
  await t.throwsAsync(broken.ensure(image, signal), { message: /the controller is gone/ });
  let come: (tar: Readable) => void = () => {};
  const late = new Promise<Readable>((resolve) => {
    come = resolve;
  });
  const leaving = storeWith({
    fetchImage: async (wanted) => {
      stop.abort(new Error('a newer push'));
      const tar = await engine.saveImage(wanted);
      setImmediate(() => come(tar));
      return tar;
    },
  });
  await t.throwsAsync(leaving.ensure(image, stop.signal), { message: 'a newer push' });
  t.true((await late).destroyed, 'nobody takes what comes for one who has left');
  for (const point of ['image:fetching', 'image:loaded']) {
    await t.throwsAsync(storeWith({ fault: dyingAt(point) }).ensure(image, signal), { message: `died at ${point}` });
    t.is(await storeWith({}).ensure(image, signal), id);
    t.deepEqual((await far.inspectImage(id))?.RepoTags, [image.reference]);
    await far.removeImage(image.reference);
  }
  t.is(await storeWith({}).ensure(image, signal), id);
});

test('External images follow their pull policy', async (t) => {
  const pulls: string[] = [];
  const watched = {
    ...engine,
    pullImage: async (reference: string) => {
      pulls.push(reference);
    },
  };
  const store = createImageStore({
    engine: watched,
    fetchImage: () => Promise.reject(new Error('not this way')),
    fault: noFault,
    log: silentLog,
  });
  const { signal } = new AbortController();
  const external = (reference: string, pull: 'missing' | 'always' | 'never') => store.ensure({ kind: 'external', reference, pull }, signal);
  const Id = (await engine.inspectImage('busybox:latest'))?.Id ?? '';
  t.is(await external('busybox', 'missing'), Id);
  t.is(await external('busybox', 'never'), Id);
  t.deepEqual(pulls, []);
  t.is(await external('busybox', 'always'), Id);
  t.deepEqual(pulls, ['busybox']);
  await t.throwsAsync(external('nowhere:1', 'never'), { code: 'docker', message: /nowhere:1 is not on this host.*never/ });
  const real = createImageStore({ engine, fetchImage: () => Promise.reject(new Error('not this way')), fault: noFault, log: silentLog });
  await t.throwsAsync(real.ensure({ kind: 'external', reference: '127.0.0.1:9/web:1', pull: 'missing' }, signal), {
    code: 'docker',
    message: /^pull image 127\.0\.0\.1:9\/web:1/,
  });
});

test('Pruning removes the oldest earlier builds that no container uses', async (t) => {
  const ids: string[] = [];
  for (const digit of ['1', '2', '3', '4', '5']) {
    // `Created` counts in seconds.
    if (digit !== '1') await new Promise((resolve) => setTimeout(resolve, 1000));
    ids.push((await build(stepOf('pruned:latest', digit), `FROM busybox:latest\nRUN echo ${digit} > /digit\n`)).id);
  }
  const container = await engine.createContainer({ Image: ids[0] ?? '', Cmd: ['true'] });
  const only = { ...engine, listImages: async () => (await engine.listImages()).filter(({ Id }) => ids.includes(Id)) };
  const pruning = { engine: only, usedElsewhere: new Set([ids[1] ?? '']), needed: new Set<string>(), keep: () => 1, log: silentLog };
  await t.throwsAsync(pruneImages({ ...pruning, fault: dyingAt('prune:image') }), { message: 'died at prune:image' });
  t.is(await engine.inspectImage(ids[2] ?? ''), undefined);
  t.deepEqual(await pruneImages({ ...pruning, fault: noFault }), [], 'the next one goes on from there');
  const blind = { ...only, listContainers: async () => [] };
  t.deepEqual(await pruneImages({ ...pruning, engine: blind, usedElsewhere: new Set(), keep: () => 0, fault: noFault }), [
    `pruned:windlass-${'4'.repeat(16)}`,
    `pruned:windlass-${'2'.repeat(16)}`,
  ]);
  await engine.removeContainer(container);
  t.deepEqual(await nameless(), []);
});
