/** `node dist/bench/large-repository.js [files]`: see docs/performance.md. JSON on stdout, progress on stderr. SSH wants root. */
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../playground/free-port.ts';
import { type Api, connectApi, startWindlass } from '../playground/windlass-process.ts';
import { createGitServer, type TestRepository } from '../test/support/git-server.ts';
import { createSshServer } from '../test/support/ssh-server.ts';
import { countArgument, figures, machine, round, say } from './figures.ts';

const files = countArgument(1, 20_000);
const pushes = 10;
const filesOfWidePush = Math.min(files, 2_000);
const about = machine();
const directory = await mkdtemp(join(tmpdir(), 'windlass-bench-'));
const server = await createGitServer();
try {
  const repository = await server.create('config', declarations());
  say(`a repository of ${files} files`);
  await repository.push(Object.fromEntries(Array.from({ length: files }, (_, index) => [pathOf(index), textOf(index, 0)])));
  const path = process.env.PATH ?? '';
  const results = {
    files,
    filesOfWidePush,
    git: await measure('with-git', { WINDLASS_REPOSITORY: server.url('config'), PATH: path }, repository),
    isomorphicGit: await measure(
      'without-git',
      { WINDLASS_REPOSITORY: server.url('config'), PATH: await pathWithoutGit(path) },
      repository,
    ),
    local: await measure('local', { WINDLASS_REPOSITORY: repository.bare, PATH: path }, repository),
    ssh: process.getuid?.() === 0 ? await measureSsh(repository) : 'not measured: sshd needs root',
  };
  process.stdout.write(`${JSON.stringify({ ...results, machine: about }, null, 2)}\n`);
} finally {
  await server.close();
  await rm(directory, { recursive: true, force: true });
}

/** One image is built from all of the files, so that reading and planning see them too. */
function declarations() {
  return {
    'windlass.yaml': 'environments:\n  staging: { branch: main }\nimages:\n  - { name: site, context: site }\n',
    'apps/site/compose.yaml': 'services:\n  web: { image: site }\n',
    'site/Dockerfile': 'FROM busybox\nCOPY . /srv\n',
  };
}

function pathOf(index: number): string {
  return `site/pages/${Math.floor(index / 1000)}/${Math.floor(index / 50) % 20}/${index}.html`;
}

function textOf(index: number, version: number): string {
  return `<h1>${index}</h1>\n${`line ${index} of version ${version}\n`.repeat(20)}`;
}

async function pathWithoutGit(path: string): Promise<string> {
  const folder = join(directory, 'bin');
  await mkdir(folder);
  for (const found of path.split(delimiter).map((one) => join(one, 'redis-server'))) {
    const there = await access(found).then(
      () => true,
      () => false,
    );
    if (there) await symlink(found, join(folder, 'redis-server')).catch(() => {});
  }
  return folder;
}

/** The same repository behind a real sshd. */
async function measureSsh(repository: TestRepository) {
  const ssh = await createSshServer();
  try {
    await symlink(repository.bare, join(ssh.directory, 'config.git'));
    const knownHosts = join(directory, 'known_hosts');
    await writeFile(knownHosts, await ssh.knownHost());
    const settings = {
      WINDLASS_REPOSITORY: ssh.url('config'),
      WINDLASS_REPOSITORY_SSH_KEY: ssh.key,
      WINDLASS_SSH_KNOWN_HOSTS: knownHosts,
      PATH: process.env.PATH ?? '',
    };
    return await measure('ssh', settings, repository);
  } finally {
    await ssh.close();
  }
}

/** First read, pushes of one file each, one of many, and a start with the clone that is there; the worst delay of the event loop in each. */
async function measure(name: string, way: Readonly<Record<string, string>>, repository: TestRepository) {
  const port = await freePort();
  const stateDirectory = join(directory, name);
  const settings = {
    WINDLASS_STATE_DIR: stateDirectory,
    WINDLASS_LISTEN: `127.0.0.1:${port}`,
    WINDLASS_POLL: '1s',
    ...way,
  };
  const url = `http://127.0.0.1:${port}`;
  const api = connectApi(url, async () => (await readFile(join(stateDirectory, 'admin-token'), 'utf8')).trim());
  const start = () => startWindlass('controller', settings, join(directory, `${name}.log`));
  const head = () => repository.git('rev-parse', 'HEAD');
  say(`${name}: first read`);
  let controller = await start();
  try {
    await api.ready();
    const first = await watched(url, async () => reached(api, await head()));
    say(`${name}: ${pushes} pushes`);
    const each: { ms: number; worstDelayMs: number }[] = [];
    for (let push = 1; push <= pushes; push++) {
      const commit = await repository.push({ [pathOf(push)]: textOf(push, Date.now()) });
      each.push(await watched(url, () => reached(api, commit)));
    }
    say(`${name}: a push of ${filesOfWidePush} files`);
    const version = Date.now();
    const many = Array.from({ length: filesOfWidePush }, (_, index) => [pathOf(index), textOf(index, version)]);
    const widest = await repository.push(Object.fromEntries(many));
    const widePush = await watched(url, () => reached(api, widest));
    // What the machine's other work alone does to it.
    const idle = await watched(url, async () => {});
    say(`${name}: start again`);
    await controller.stop();
    controller = await start();
    await api.ready();
    const again = await watched(url, async () => reached(api, await head()));
    return {
      idle: idle.worstDelayMs,
      first,
      push: { ms: figures(each.map(({ ms }) => ms)), worstDelayMs: Math.max(...each.map(({ worstDelayMs }) => worstDelayMs)) },
      widePush,
      again,
    };
  } finally {
    await controller.stop();
  }
}

async function reached(api: Api, commit: string): Promise<void> {
  for (;;) {
    const { environments } = await api.status();
    if (environments[0]?.wanted === commit) return;
    await setTimeout(50);
  }
}

/** prom-client's gauge is of `perf_hooks.monitorEventLoopDelay` and begins anew with each scrape. */
async function watched(url: string, work: () => Promise<void>): Promise<{ ms: number; worstDelayMs: number }> {
  const worst: number[] = [];
  const scrape = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    worst.push(Number(/^windlass_nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1] ?? 0) * 1000);
  };
  await scrape();
  // What came before does not count.
  worst.length = 0;
  const begun = performance.now();
  await work();
  const ms = round(performance.now() - begun);
  // Planning goes on after the commit is known.
  await setTimeout(3_000);
  await scrape();
  return { ms, worstDelayMs: round(Math.max(...worst)) };
}
