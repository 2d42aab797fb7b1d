import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { pack } from 'tar-stream';

const run = promisify(execFile);

/** A real Docker engine of the test's own, in a network namespace of its own: a host of its own in all that matters here. */
export interface TestEngine {
  readonly socket: string;
  /** As `DOCKER_HOST` takes it. */
  readonly dockerHost: string;
  /** Where this machine reaches the ports that the engine publishes. */
  readonly address: string;
  /** This machine as the engine's containers and host see it. */
  readonly gateway: string;
  readonly docker: Docker;
  /** The network namespace, for `nsenter --net=/run/netns/NAME`. */
  readonly namespace: string;
  readonly directory: string;
  readonly pid: number;
  /** Ends the engine as a machine that goes down does, containers and all, and starts it again on what is on its disk. */
  restart(betweenBoth?: () => Promise<void>): Promise<void>;
  /** `kill -9` of the engine alone, and its start; `liveRestore`: its containers outlive it, else they end when it starts. */
  crash(options: { readonly liveRestore: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts one (root needed; about half a second). `images` are names that shall hold a busybox. `remapped`: its containers' users are
 * others on the host (userns-remap).
 */
export async function startEngine(
  images: readonly string[] = ['busybox:latest'],
  { remapped = false }: { readonly remapped?: boolean } = {},
): Promise<TestEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-engine-'));
  const network = await createNamespace();
  const socket = join(directory, 'docker.sock');
  await mkdir(join(directory, 'etc'));
  await writeFile(join(directory, 'daemon.json'), '{}');
  const remap = remapped ? await remapping(directory) : { before: '', option: '' };
  const place = await createPlace(network.namespace, `${remap.before}mount --bind ${directory}/etc /etc/docker`);
  const program = `exec dockerd -H unix://${socket} --data-root ${directory}/root --exec-root ${directory}/exec --pidfile ${directory}/docker.pid --config-file ${directory}/daemon.json${remap.option} >${directory}/dockerd.log 2>&1`;
  const { WINDLASS_TEST_ENGINE: otherEngine, PATH = '' } = process.env;
  const launch = () => {
    const child = spawn('nsenter', [...place.entered, 'sh', '-c', program], {
      stdio: 'ignore',
      detached: true,
      // Folders with another engine's programs; playground/run-matrix.ts names them.
      env: { ...process.env, PATH: otherEngine ? `${otherEngine}:${PATH}` : PATH },
    });
    return { child, exited: new Promise<void>((resolve) => child.once('exit', () => resolve())) };
  };
  let running = launch();
  const docker = new Docker({ socketPath: socket });
  const end = async (withinMs: number) => {
    running.child.kill('SIGTERM');
    if (!(await Promise.race([running.exited.then(() => true), sleep(withinMs, false, { ref: false })]))) running.child.kill('SIGKILL');
  };
  const stop = async () => {
    running.child.kill('SIGKILL');
    await running.exited;
    await endContainers(directory);
    place.leave();
    await run('ip', ['netns', 'del', network.namespace]).catch(() => {});
    await run('ip', ['link', 'del', network.link]).catch(() => {});
    await removeFolder(directory);
  };
  try {
    await answering(docker, directory);
    for (const image of images) await importBusybox(docker, image);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    socket,
    dockerHost: `unix://${socket}`,
    address: network.inside,
    gateway: network.outside,
    docker,
    namespace: network.namespace,
    directory,
    get pid() {
      return running.child.pid ?? 0;
    },
    restart: async (betweenBoth) => {
      // It waits for the longest stop_grace_period of what runs there.
      await end(90_000);
      await betweenBoth?.();
      running = launch();
      await answering(docker, directory);
    },
    crash: async ({ liveRestore }) => {
      const containerd = join(directory, 'exec', 'containerd', 'containerd.pid');
      const pid = (await readFile(containerd, 'utf8')).trim();
      running.child.kill('SIGKILL');
      await running.exited;
      // It ends with its engine; where nobody reaps it, the next engine would take it for one that runs.
      while (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) await sleep(20);
      await rm(containerd, { force: true });
      await writeFile(join(directory, 'daemon.json'), JSON.stringify({ 'live-restore': liveRestore }));
      running = launch();
      await answering(docker, directory);
    },
    stop,
  };
}

/** Ids of the host for one of its users, known to this engine alone, and a folder that they may enter. */
async function remapping(directory: string): Promise<{ before: string; option: string }> {
  await writeFile(join(directory, 'ids'), 'games:100000:65536\n');
  await chmod(directory, 0o711);
  const mounts = ['subuid', 'subgid'].map((name) => `mount --bind ${directory}/ids /etc/${name}; `);
  return { before: mounts.join(''), option: ' --userns-remap=games' };
}

/** Mounts and a host name of an engine's own, which outlive it: a killed one's successor finds its containers' file systems mounted. */
async function createPlace(namespace: string, prepare: string): Promise<{ readonly entered: readonly string[]; leave(): void }> {
  const network = `--net=/run/netns/${namespace}`;
  const script = `hostname ${namespace}; ${prepare}; echo ready; exec sleep 2147483647`;
  const holder = spawn('nsenter', [network, 'unshare', '--uts', '--mount', '--propagation', 'slave', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await once(holder.stdout, 'data');
  const space = `/proc/${holder.pid}/ns`;
  return { entered: [network, `--mount=${space}/mnt`, `--uts=${space}/uts`], leave: () => void holder.kill('SIGKILL') };
}

/** What has just been killed may still hold something in it; Node's own retries multiply with every level of folders. */
async function removeFolder(directory: string): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const removed = await rm(directory, { recursive: true, force: true }).then(
      () => true,
      () => false,
    );
    if (removed) return;
    await sleep(100);
  }
}

async function answering(docker: Docker, directory: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (await docker.ping().catch(() => undefined)) return;
    await sleep(100);
  }
  throw new Error(`dockerd did not start: ${await readFile(join(directory, 'dockerd.log'), 'utf8').catch(() => 'no log')}`);
}

/**
 * Kills what a killed engine has left: the shims that it was spoken to by, and their children, the first processes of containers, with
 * which all others of theirs end. Asking the engine would take it seconds, or for ever where a container hangs.
 */
async function endContainers(directory: string): Promise<void> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args='], { maxBuffer: 64 * 1024 * 1024 });
  const processes = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const shims = processes.filter(
    ([, , program = '', ...args]) => program.includes('containerd-shim') && args.join(' ').includes(directory),
  );
  const children = processes.filter(([, parent]) => shims.some(([shim]) => shim === parent));
  for (const [pid] of [...children, ...shims]) kill(Number(pid));
  const ids = shims.map((words) => words[words.indexOf('-id') + 1] ?? '');
  await Promise.all(ids.map(removeGroups));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A container's control groups stay behind until they are empty and somebody removes them. */
async function removeGroups(container: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const groups = ['', ...(await readdir(root))].map((controller) => join(root, controller, 'docker', container));
  for (let tries = 0; tries < 50; tries++) {
    const left = await Promise.all(groups.map((group) => rmdir(group).catch((error: NodeJS.ErrnoException) => error.code)));
    if (!left.includes('EBUSY')) return;
    await sleep(20);
  }
}

/** A namespace joined to this machine by a pair of interfaces in a subnet of its own. */
async function createNamespace(): Promise<{ namespace: string; link: string; inside: string; outside: string }> {
  for (let tries = 0; ; tries++) {
    const id = randomBytes(3).toString('hex');
    const namespace = `wl${id}`;
    const link = `we${id}`;
    const subnet = `10.${201 + Math.floor(Math.random() * 40)}.${Math.floor(Math.random() * 256)}`;
    try {
      const { stdout } = await run('ip', ['-4', 'addr']);
      if (stdout.includes(` ${subnet}.`)) throw new Error(`${subnet} is taken`);
      await run('ip', ['netns', 'add', namespace]);
      await run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
      await run('ip', ['addr', 'add', `${subnet}.1/24`, 'dev', link]);
      await run('ip', ['link', 'set', link, 'up']);
      await run('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
      await run('ip', ['-n', namespace, 'addr', 'add', `${subnet}.2/24`, 'dev', 'eth0']);
      await run('ip', ['-n', namespace, 'link', 'set', 'eth0', 'up']);
      await run('ip', ['-n', namespace, 'route', 'add', 'default', 'via', `${subnet}.1`]);
      return { namespace, link, inside: `${subnet}.2`, outside: `${subnet}.1` };
    } catch (error) {
      if (tries >= 4) throw error;
    }
  }
}

/** An image with a busybox and its applets, made here: nothing is pulled. */
export async function importBusybox(docker: Docker, name: string): Promise<void> {
  const tar = pack();
  for (const folder of ['bin', 'etc', 'tmp', 'var', 'root', 'proc', 'sys', 'dev'])
    tar.entry({ name: folder, type: 'directory', mode: folder === 'tmp' ? 0o1777 : 0o755 });
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, await readFile('/bin/busybox'));
  const { stdout } = await run('/bin/busybox', ['--list']);
  for (const applet of stdout.split('\n').filter((line) => line && line !== 'busybox')) {
    tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' });
  }
  tar.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n');
  tar.entry({ name: 'etc/group' }, 'root:x:0:\nnogroup:x:65534:\n');
  tar.finalize();
  const [repository, tag] = name.split(':');
  const changes = ['ENV PATH=/bin', 'CMD ["/bin/sh"]'];
  const stream: unknown = await docker.importImage(tar as never, { repo: repository, tag, changes } as never);
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(stream as NodeJS.ReadableStream, (error) => (error ? reject(error) : resolve())),
  );
}

/** Lets two engines' hosts reach each other's addresses directly, as two machines on one network do. */
export async function joinEngines(a: TestEngine, b: TestEngine): Promise<void> {
  const id = randomBytes(3).toString('hex');
  const subnet = `10.250.${Math.floor(Math.random() * 256)}`;
  await run('ip', ['link', 'add', `wa${id}`, 'netns', a.namespace, 'type', 'veth', 'peer', 'name', `wb${id}`, 'netns', b.namespace]);
  const ends = [
    { here: a, there: b, link: `wa${id}`, address: `${subnet}.1`, gateway: `${subnet}.2` },
    { here: b, there: a, link: `wb${id}`, address: `${subnet}.2`, gateway: `${subnet}.1` },
  ];
  for (const { here, link, address } of ends) {
    await run('ip', ['-n', here.namespace, 'addr', 'add', `${address}/30`, 'dev', link]);
    await run('ip', ['-n', here.namespace, 'link', 'set', link, 'up']);
  }
  for (const { here, there, gateway } of ends)
    await run('ip', ['-n', here.namespace, 'route', 'add', `${there.address}/32`, 'via', gateway]);
}
