import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../playground/free-port.ts';
import { createRepository, type Files, type TestRepository } from './git-server.ts';

const run = promisify(execFile);

/** Git repositories behind a real sshd on a port of its own; needs root, as sshd does. */
export interface SshServer {
  readonly directory: string;
  /** Files of the private key that it lets in. */
  readonly keyFile: string;
  readonly key: string;
  /** Its line for a known_hosts file. */
  knownHost(): Promise<string>;
  url(name: string): string;
  create(name: string, files?: Files): Promise<TestRepository>;
  /** From now on it is another machine, at the same address. */
  newHostKey(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function createSshServer(): Promise<SshServer> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-ssh-'));
  const path = (name: string) => join(directory, name);
  const makeKey = async (name: string) => {
    await rm(path(name), { force: true });
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path(name)]);
  };
  await makeKey('host-key');
  await makeKey('client');
  const port = await freePort();
  const options = {
    Port: port,
    ListenAddress: '127.0.0.1',
    HostKey: path('host-key'),
    AuthorizedKeysFile: path('client.pub'),
    StrictModes: 'no',
    UsePAM: 'no',
    PasswordAuthentication: 'no',
    PidFile: 'none',
  };
  await writeFile(
    path('sshd.conf'),
    Object.entries(options)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  // Where sshd's unprivileged part lives; a package's service makes it otherwise.
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  let server: ReturnType<typeof spawn> | undefined;
  const start = async () => {
    server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', path('sshd.conf')], { stdio: 'ignore' });
    for (let tries = 0; !(await answers(port)); tries++) {
      if (tries > 200) throw new Error('sshd does not answer');
      await setTimeout(50);
    }
  };
  const stop = async () => {
    const running = server;
    server = undefined;
    if (running?.exitCode !== null || !running.kill()) return;
    await once(running, 'exit');
  };
  await start();
  return {
    directory,
    keyFile: path('client'),
    key: await readFile(path('client'), 'utf8'),
    knownHost: async () => `[127.0.0.1]:${port} ${(await readFile(path('host-key.pub'), 'utf8')).trim()}\n`,
    url: (name) => `ssh://${userInfo().username}@127.0.0.1:${port}${directory}/${name}.git`,
    create: (name, files) => createRepository(directory, name, files),
    newHostKey: async () => {
      await stop();
      await makeKey('host-key');
      await start();
    },
    stop,
    start,
    close: async () => {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('data', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}
