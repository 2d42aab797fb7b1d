import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import test from 'ava';
import { extract, pack } from 'tar-stream';
import { createEngine } from '../../../src/docker/create-engine.ts';
import type { Engine, EngineEvent } from '../../../src/docker/engine.ts';
import { engineStatus } from '../../../src/docker/errors.ts';
import { startEngine, type TestEngine } from '../../support/engine.ts';

let host: TestEngine;
let engine: Engine;

test.before(async () => {
  host = await startEngine();
  engine = createEngine({ url: host.dockerHost });
});
test.after.always(() => host?.stop());

/** A running container; without a command it sleeps. */
async function running(argv: readonly string[] = ['sleep', '1000'], options: { tty?: boolean; labels?: Record<string, string> } = {}) {
  const id = await engine.createContainer({
    Image: 'busybox:latest',
    Cmd: [...argv],
    Tty: options.tty ?? false,
    Labels: options.labels ?? {},
    StopTimeout: 0,
  });
  await engine.startContainer(id);
  return id;
}

/** Runs a process to its end. */
async function exec(id: string, argv: readonly string[], stdin = '') {
  const session = await engine.exec(id, { argv });
  session.stdin.end(stdin);
  const [out, err, code] = await Promise.all([text(session.stdout), text(session.stderr), session.exit]);
  return { out, err, code };
}

test('The engine says what it and its host are', async (t) => {
  const info = await engine.info();
  t.regex(info.version, /^\d+\./);
  t.regex(info.apiVersion, /^1\.\d+$/);
  t.is(info.name, host.namespace);
  t.true(info.cpus > 0 && info.memory > 0);
});

test('A process gets its stdin to the end and its outputs come apart', async (t) => {
  const id = await running();
  t.deepEqual(await exec(id, ['sh', '-c', 'cat; echo done; echo problem >&2; exit 7'], 'hello\n'), {
    out: 'hello\ndone\n',
    err: 'problem\n',
    code: 7,
  });
});

test('What follows the end of stdin still arrives, every time', async (t) => {
  const id = await running();
  const large = 'x'.repeat(3_000_000);
  const [first, ...others] = await Promise.all([
    exec(id, ['sh', '-c', 'cat; sleep 0.3; echo after'], large),
    ...Array.from({ length: 8 }, (_, index) => exec(id, ['cat'], `${index}`)),
  ]);
  t.is(first?.out, `${large}after\n`);
  t.deepEqual(
    others.map(({ out, code }) => `${out} ${code}`),
    Array.from({ length: 8 }, (_, index) => `${index} 0`),
  );
});

test('An exec can stay open between two lines of its stdin', async (t) => {
  const id = await running();
  const session = await engine.exec(id, { argv: ['sh', '-c', 'echo ready; read line; echo "got $line"'] });
  const [ready] = await once(session.stdout, 'data');
  t.is(String(ready), 'ready\n');
  session.stdin.end('go\n');
  t.is(await text(session.stdout), 'got go\n');
  t.is(await session.exit, 0);
});

test('A process that does not read its stdin keeps its exit code', async (t) => {
  const id = await running();
  const result = await exec(id, ['sh', '-c', 'echo no; exit 3'], 'x'.repeat(5_000_000));
  t.deepEqual(result, { out: 'no\n', err: '', code: 3 });
});

test('An exec runs as root unless a user is named, with its environment and folder', async (t) => {
  const id = await engine.createContainer({ Image: 'busybox:latest', Cmd: ['sleep', '1000'], User: '65534', StopTimeout: 0 });
  await engine.startContainer(id);
  t.is((await exec(id, ['id', '-u'])).out, '0\n');
  const session = await engine.exec(id, {
    argv: ['sh', '-c', 'echo "$(id -u) $WORD $(pwd)"'],
    user: '65534',
    env: { WORD: 'a b' },
    workingDir: '/etc',
  });
  session.stdin.end();
  t.is(await text(session.stdout), '65534 a b /etc\n');
});

test('Closing a session rejects its exit and leaves the process', async (t) => {
  const id = await running();
  const session = await engine.exec(id, { argv: ['sh', '-c', 'echo up; exec sleep 77'] });
  // An engine of 28 answers before the program has been started.
  await once(session.stdout, 'data');
  session.close();
  await t.throwsAsync(session.exit, { message: /closed before the process ended/ });
  t.regex((await exec(id, ['ps'])).out, /sleep 77/);
});

test('A process that outlives its outputs is waited for', async (t) => {
  const id = await running();
  t.is((await exec(id, ['sh', '-c', 'exec >&- 2>&-; sleep 0.5; exit 9'])).code, 9);
});

test('An exec in a stopped container or of a missing program is told', async (t) => {
  const id = await engine.createContainer({ Image: 'busybox:latest' });
  const error = await t.throwsAsync(engine.exec(id, { argv: ['true'] }), { code: 'docker' });
  t.is(engineStatus(error), 409);
  const up = await running();
  // Engines before 28 say 126.
  t.true([126, 127].includes((await exec(up, ['/no/such/program'])).code));
});

test('Logs of both outputs come in their order, followed or not, also from a terminal', async (t) => {
  const id = await running(['sh', '-c', 'echo 1; sleep 0.2; echo 2 >&2; sleep 0.2; echo 3']);
  t.is(await text(await engine.containerLogs(id, { follow: true })), '1\n2\n3\n');
  t.is(await text(await engine.containerLogs(id, { tail: 2 })), '2\n3\n');
  t.regex(await text(await engine.containerLogs(id, { tail: 1, timestamps: true })), /^20\S+Z 3\n$/);
  const terminal = await running(['sh', '-c', 'echo 42'], { tty: true });
  await engine.waitContainer(terminal);
  t.is(await text(await engine.containerLogs(terminal)), '42\r\n');
});

test('Following logs ends at the signal without an error', async (t) => {
  const id = await running(['sh', '-c', 'echo up; sleep 1000']);
  const stop = new AbortController();
  const logs = await engine.containerLogs(id, { follow: true, signal: stop.signal });
  let seen = '';
  for await (const chunk of logs) {
    seen += chunk;
    stop.abort();
  }
  t.is(seen, 'up\n');
});

test('Archives are put, looked at and got, before the first start too', async (t) => {
  const id = await engine.createContainer({ Image: 'busybox:latest', Cmd: ['cat', '/etc/app/app.conf'] });
  for (const body of ['stream', 'buffer']) {
    const tar = pack();
    tar.entry({ name: 'etc/app/app.conf', mode: 0o640, uid: 33, gid: 44 }, `${body}\n`);
    tar.finalize();
    const bytes = body === 'buffer' ? await buffer(tar) : tar;
    await engine.putArchive(id, bytes as never);
    const stat = await engine.statArchive(id, '/etc/app/app.conf');
    t.like(stat, { name: 'app.conf', size: body.length + 1, mode: 0o640, linkTarget: '' });
    const archive = await engine.getArchive(id, '/etc/app/app.conf');
    const entries = archive?.pipe(extract());
    for await (const entry of entries ?? []) {
      t.like(entry.header, { name: 'app.conf', uid: 33, gid: 44 });
      t.is(await text(entry), `${body}\n`);
    }
  }
  await engine.startContainer(id);
  t.is(await engine.waitContainer(id), 0);
  t.is(await text(await engine.containerLogs(id)), 'buffer\n');
});

test('A path that is not there is undefined, a container that is not there an error, a file over a folder refused', async (t) => {
  const id = await running();
  t.is(await engine.statArchive(id, '/nowhere'), undefined);
  t.is(await engine.getArchive(id, '/nowhere'), undefined);
  t.is(engineStatus(await t.throwsAsync(engine.getArchive('nobody', '/etc'))), 404);
  const tar = pack();
  tar.entry({ name: 'var' }, 'a file');
  tar.finalize();
  await t.throwsAsync(engine.putArchive(id, tar as never), { code: 'docker', message: /copy files into container/ });
  t.is((await exec(id, ['test', '-d', '/var'])).code, 0);
});

test('A tar that breaks off fails the call instead of hanging', async (t) => {
  const id = await running();
  const tar = pack();
  const entry = tar.entry({ name: 'tmp/half', size: 1000 });
  entry.write('only this');
  entry.on('error', () => {});
  setImmediate(() => tar.destroy(new Error('the source is gone')));
  await t.throwsAsync(engine.putArchive(id, tar as never), { message: /the source is gone/ });
});

test('What is done already is well, what cannot be done is told with the status', async (t) => {
  const id = await running(['sh', '-c', 'exit 5']);
  t.is(await engine.waitContainer(id), 5);
  await engine.stopContainer(id);
  await engine.renameContainer(id, 'renamed');
  t.is((await engine.inspectContainer('renamed'))?.Id, id);
  await engine.removeContainer(id);
  await engine.removeContainer(id);
  await engine.stopContainer(id);
  t.is(await engine.inspectContainer(id), undefined);
  const missing = await t.throwsAsync(engine.startContainer(id), { code: 'docker', message: /^start container \w+: No such container/ });
  t.is(engineStatus(missing), 404);
  t.is(engineStatus(new Error('another')), undefined);
  await t.throwsAsync(engine.inspectContainer('../images/x'), { message: /is not the name or id/ });
});

test('A container may have more environment than a URL holds', async (t) => {
  const Env = Array.from({ length: 20 }, (_, index) => `LARGE_${index}=${'x'.repeat(100_000)}`);
  const id = await engine.createContainer({ name: 'large', Image: 'busybox:latest', Env });
  const inspect = await engine.inspectContainer('large');
  t.is(inspect?.Id, id);
  t.deepEqual(inspect?.Config.Env.slice(0, 20), Env);
  const error = await t.throwsAsync(engine.createContainer({ name: 'large', Image: 'busybox:latest' }), {
    message: /^create container large: /,
  });
  t.is(engineStatus(error), 409);
});

test('Containers are found by all their labels, stopped ones too', async (t) => {
  const id = await running(['true'], { labels: { 'windlass.app': 'shop', colour: 'red' } });
  await engine.waitContainer(id);
  const ids = async (labels: readonly string[]) => (await engine.listContainers(labels)).map(({ Id }) => Id);
  t.deepEqual(await ids(['windlass.app', 'colour=red']), [id]);
  t.deepEqual(await ids(['windlass.app', 'colour=blue']), []);
});

test('Waiting for a container ends at the signal with its reason', async (t) => {
  const id = await running();
  const error = new Error('enough');
  const stop = new AbortController();
  setTimeout(() => stop.abort(error), 200);
  await t.throwsAsync(engine.waitContainer(id, stop.signal), { is: error });
  await t.throwsAsync(engine.waitContainer(id, AbortSignal.abort(error)), { is: error });
});

test('Events say what happened to whom until the signal', async (t) => {
  const stop = new AbortController();
  const seen: EngineEvent[] = [];
  let done: Promise<void> | undefined;
  await new Promise<void>((opened) => {
    done = engine.events(
      (event) => {
        seen.push(event);
        if (event.action === 'die' && event.attributes.mark === 'events') stop.abort();
      },
      stop.signal,
      opened,
    );
  });
  const before = Date.now();
  const id = await running(['true'], { labels: { mark: 'events' } });
  await done;
  const mine = seen.filter((event) => event.id === id);
  t.deepEqual(
    mine.map(({ type, action }) => `${type} ${action}`),
    ['container create', 'container start', 'container die'],
  );
  t.is(mine[2]?.attributes.exitCode, '0');
  t.true(mine.every(({ at }) => at >= before - 1000 && at <= Date.now() + 1000));
});

test('Networks and volumes are made, found and removed', async (t) => {
  t.is(await engine.inspectNetwork('net1'), undefined);
  await engine.createNetwork({ Name: 'net1', Labels: { a: 'b' } });
  t.like(await engine.inspectNetwork('net1'), { Name: 'net1', Labels: { a: 'b' } });
  await engine.removeNetwork('net1');
  await engine.removeNetwork('net1');
  t.is(await engine.inspectVolume('vol1'), undefined);
  await engine.createVolume({ name: 'vol1', labels: { a: 'b' } });
  t.like(await engine.inspectVolume('vol1'), { Name: 'vol1', Labels: { a: 'b' } });
});

test('An engine that is away is told with its address', async (t) => {
  const away = createEngine({ url: 'unix:///nowhere/docker.sock' });
  const error = await t.throwsAsync(away.info(), { code: 'docker', message: /unix:\/\/\/nowhere\/docker\.sock does not answer/ });
  t.is(engineStatus(error), undefined);
  t.false((error as { permanent?: boolean }).permanent);
  await t.throwsAsync(
    away.events(() => {}, new AbortController().signal),
    { message: /does not answer/ },
  );
});
