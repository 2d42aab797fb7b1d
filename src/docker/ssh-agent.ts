import { spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';
import { EngineError } from './errors.ts';

/**
 * An HTTP agent whose connections are `ssh HOST docker system dial-stdio`, as the Docker CLI's are: the user's keys, known hosts
 * and configuration hold. dockerode's own SSH client would take any host key for good.
 */
export function createSshAgent(url: URL): Agent {
  const agent = new Agent({ keepAlive: false });
  const dial = () => connect(sshArguments(url), url);
  return Object.assign(agent, { createConnection: dial });
}

/** Argv after `ssh`; nothing of the address can be an option. */
export function sshArguments({ hostname, port, username }: URL): readonly string[] {
  const login = username === '' ? [] : ['-l', decodeURIComponent(username)];
  return [...login, ...(port === '' ? [] : ['-p', port]), '-T', '-o', 'BatchMode=yes', '--', hostname, 'docker', 'system', 'dial-stdio'];
}

function connect(argv: readonly string[], url: URL): Duplex {
  const ssh = spawn('ssh', argv, { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  ssh.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk).slice(-2000);
  });
  // Why it ended, undefined where all is well. What it wrote before tells more than the EPIPE that comes first.
  const ended = new Promise<EngineError | undefined>((resolve) => {
    ssh.once('error', (error) => resolve(new EngineError(`ssh ${url.hostname}: ${error.message}; is ssh installed?`)));
    ssh.once('close', (code) => resolve(code ? new EngineError(`ssh ${url.hostname} ended with ${code}: ${words.trim()}`) : undefined));
  });
  ssh.stdin.on('error', () => {});
  const connection = new Duplex({
    read: () => void ssh.stdout.resume(),
    write: (chunk, _encoding, done) => void ssh.stdin.write(chunk, (error) => (error ? ended.then((why) => done(why ?? error)) : done())),
    final: (done) => void ssh.stdin.end(() => done()),
    destroy: (error, done) => {
      ssh.kill();
      done(error);
    },
  });
  ssh.stdout.on('data', (chunk: Buffer) => {
    if (!connection.push(chunk)) ssh.stdout.pause();
  });
  ended.then((why) => (why ? connection.destroy(why) : connection.push(null)));
  return connection;
}
