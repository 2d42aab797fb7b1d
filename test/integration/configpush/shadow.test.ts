import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { ContainerSpec } from '../../../src/model/application.ts';
import type { ContainerToCreate } from '../../../src/model/step.ts';
import { startBench, succeeded } from './support.ts';

const bench = await startBench();
const imageId = (await bench.engine.inspectImage('busybox:latest'))?.Id ?? '';
test.after.always(() => bench.stop());
const { agent, container, engine, file, installer, push, shell } = bench;

const spec: ContainerSpec = {
  command: ['sh', '-c', 'exit 9'],
  entrypoint: undefined,
  environment: { GREETING: 'hello' },
  labels: {},
  ports: [{ target: 80, protocol: 'tcp', published: 8080, hostIp: undefined }],
  expose: [],
  mounts: [],
  networks: [],
  networkMode: undefined,
  healthcheck: undefined,
  restart: 'always',
  user: '65534',
  workingDir: '/tmp',
  hostname: undefined,
  init: undefined,
  readOnly: true,
  stopSignal: undefined,
  stopGracePeriodMs: undefined,
  capAdd: [],
  capDrop: [],
  securityOpt: [],
  extraHosts: [],
  logging: undefined,
  cpus: undefined,
  memoryBytes: undefined,
};
const declared = (changes: Partial<ContainerSpec> = {}): ContainerToCreate => ({
  spec: { ...spec, ...changes },
  labels: { 'windlass.environment': 'staging', 'windlass.app': 'shop', 'windlass.service': 'lb', 'windlass.index': '1' },
  image: { kind: 'external', reference: 'busybox:latest', pull: 'missing' },
  files: [],
  checks: [],
  networks: [],
  volumes: [],
  monitorMs: 0,
});
const shadows = () => engine.listContainers(['windlass.shadow=true']);
const check = (argv: readonly string[], files = [file('/etc/a.conf', 'a1\n')], container = declared()) =>
  installer.check(container, argv, files, imageId);

test.serial('a shadow has every file, the environment, the user and the folder, and leaves nothing', async (t) => {
  const script = 'test "$(cat /etc/a.conf /deep/b.conf)" = "a1\nb1" && test "$GREETING $(id -u) $PWD" = "hello 65534 /tmp"';
  await check(['sh', '-c', script], [file('/etc/a.conf', 'a1\n'), file('/deep/b.conf', 'b1\n')]);
  t.deepEqual(await shadows(), []);
});

test.serial('a refusal is in the words of the tool, and leaves nothing', async (t) => {
  const error = await t.throwsAsync(check(['sh', '-c', 'echo bad line 3; echo and 4 >&2; exit 7']), { code: 'refused' });
  t.is(error?.message, 'sh refused the new files for staging-shop-lb-1 (exit status 7); nothing has changed');
  t.regex((error as { output?: string }).output ?? '', /bad line 3/);
  t.regex((error as { output?: string }).output ?? '', /and 4/);
  t.deepEqual(await shadows(), []);
});

test.serial('a program that is not there is said so', async (t) => {
  await t.throwsAsync(check(['no-such-program']), { code: 'refused', message: /no-such-program cannot run in staging-shop-lb-1/ });
  t.deepEqual(await shadows(), []);
});

test.serial('what passed runs once for the same image, words and contents; a refusal runs again', async (t) => {
  let created = 0;
  const counting = await agent({
    at: 'counting',
    engine: {
      ...engine,
      createContainer: (options) => {
        created += 1;
        return engine.createContainer(options);
      },
    },
  });
  const run = (argv: readonly string[], content: string) =>
    counting.installer.check(declared(), argv, [file('/etc/a.conf', content)], imageId).catch(() => {});
  await Promise.all([run(['true'], 'a'), run(['true'], 'a'), run(['true'], 'a')]);
  await run(['true'], 'a');
  t.is(created, 1);
  await run(['true'], 'b');
  await run(['false'], 'a');
  await run(['false'], 'a');
  t.is(created, 4);
});

test.serial(
  'containers of one service share a check, whatever their nameless volumes are and in whatever order the engine tells mounts',
  async (t) => {
    const argvs: (readonly string[])[] = [];
    const counting = await agent({
      at: 'sharing',
      engine: {
        ...engine,
        createContainer: (options) => {
          argvs.push((options.Entrypoint as readonly string[] | undefined) ?? []);
          return engine.createContainer(options);
        },
      },
    });
    const Mounts = ['one', 'two', 'three', 'four'].map((name) => ({ Type: 'volume' as const, Source: `many-${name}`, Target: `/${name}` }));
    const options = { Volumes: { '/nameless': {} }, HostConfig: { Mounts } };
    const ids = [await container(options), await container(options), await container(options)];
    for (const id of ids) {
      const files = [file('/etc/a.conf', 'shared\n')];
      succeeded(t, await push(id, { files, checks: [{ argv: ['grep', '-q', 'shared', '/etc/a.conf'], sources: [] }] }, counting.installer));
    }
    t.is(argvs.length, 1);
  },
);

test.serial('a check of a push runs on a shadow of the running container, with volumes read-only and all files', async (t) => {
  await engine.createNetwork({ Name: 'first', CheckDuplicate: true });
  await engine.createNetwork({ Name: 'second', CheckDuplicate: true });
  const id = await container({
    Env: ['GREETING=hello'],
    HostConfig: { NetworkMode: 'first', Mounts: [{ Type: 'volume', Source: 'shared', Target: '/data' }], Tmpfs: { '/run': '' } },
  });
  await engine.connectNetwork('second', id, { Aliases: [] });
  await shell(id, 'echo there >/data/file');
  const kept = file('/etc/kept.conf', 'kept\n');
  succeeded(t, await push(id, { files: [kept] }));
  const script = `set -e
    test "$GREETING" = hello; grep -q there /data/file; ! touch /data/x 2>/dev/null; test -d /run
    test "$(ls /sys/class/net | grep -c eth)" = 2
    test "$(cat /etc/kept.conf /etc/a.conf)" = "kept
a1"`;
  const a = file('/etc/a.conf', 'a1\n');
  succeeded(t, await push(id, { files: [a], all: [kept, a], checks: [{ argv: ['sh', '-c', script], sources: [] }] }));
  const bad = file('/etc/a.conf', 'a2\n');
  const result = await push(id, { files: [bad], all: [kept, bad], checks: [{ argv: ['sh', '-c', script], sources: [] }] });
  t.is(result.error?.code, 'refused');
  t.is(await shell(id, 'cat /etc/a.conf'), 'a1\n');
  t.deepEqual(await shadows(), []);
});

test.serial('shadows of a killed agent are swept, and nothing else', async (t) => {
  const left = await container({ Labels: { 'windlass.shadow': 'true' } });
  const other = await container({ Labels: { 'windlass.environment': 'staging' } });
  await installer.sweepShadows();
  t.is(await engine.inspectContainer(left), undefined);
  t.truthy(await engine.inspectContainer(other));
});

test.serial('a sweep leaves a check alone that is under way', async (t) => {
  const checking = check(['sleep', '1']);
  while ((await shadows()).length === 0) await sleep(10);
  await installer.sweepShadows();
  await t.notThrowsAsync(checking);
});
