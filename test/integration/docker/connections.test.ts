import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { createEngine } from '../../../src/docker/create-engine.ts';
import type { EngineEndpoint } from '../../../src/docker/endpoint.ts';
import { sshArguments } from '../../../src/docker/ssh-agent.ts';
import { startEngine, type TestEngine } from '../../support/engine.ts';

const run = promisify(execFile);
let host: TestEngine;
let directory: string;
let tls: { readonly ca: string; readonly cert: string; readonly key: string };

test.before(async () => {
  host = await startEngine();
  // What dockerode would read where nothing is said; the endpoint is what counts.
  process.env.DOCKER_HOST = 'tcp://127.0.0.1:1';
  directory = await mkdtemp(join(tmpdir(), 'windlass-connections-'));
  const files = { key: join(directory, 'key.pem'), cert: join(directory, 'cert.pem') };
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    files.key,
    '-out',
    files.cert,
    ...subject,
  ]);
  const cert = await readFile(files.cert, 'utf8');
  tls = { ca: cert, cert, key: await readFile(files.key, 'utf8') };
  // Stands for a machine: the Docker CLI at its end answers on stdin and stdout.
  await writeFile(
    join(directory, 'ssh'),
    `#!/bin/sh\necho "$*" >>${directory}/ssh.log\nexec docker -H unix://${host.socket} system dial-stdio\n`,
    { mode: 0o755 },
  );
});
test.after.always(async () => {
  await host?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** Hands a connection on to the engine's socket, each direction closing for itself. */
function handOn(socket: NodeJS.ReadWriteStream) {
  const engine = connect({ path: host.socket, allowHalfOpen: true });
  socket.on('error', () => engine.destroy());
  engine.on('error', () => {});
  socket.pipe(engine).pipe(socket);
}

async function listening(t: ExecutionContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Everything that needs a connection of its own kind: a call, a stream, half-closed stdin, a build's session. */
async function works(t: ExecutionContext, endpoint: EngineEndpoint) {
  const engine = createEngine(endpoint);
  t.is((await engine.info()).name, host.namespace);
  const id = await engine.createContainer({ Image: 'busybox:latest', Cmd: ['sh', '-c', 'echo up; exec sleep 1000'], StopTimeout: 0 });
  await engine.startContainer(id);
  const session = await engine.exec(id, { argv: ['sh', '-c', 'cat; sleep 0.2; echo after'] });
  session.stdin.end('before\n');
  t.is(await text(session.stdout), 'before\nafter\n');
  t.is(await session.exit, 0);
  t.is(await text(await engine.containerLogs(id)), 'up\n');
  await engine.removeContainer(id, { force: true });
}

test('An engine is reached by its socket, whatever the environment says', async (t) => {
  await works(t, { url: host.dockerHost });
});

test('An engine is reached over TCP', async (t) => {
  const port = await listening(t, createServer({ allowHalfOpen: true }, handOn));
  await works(t, { url: `tcp://127.0.0.1:${port}` });
});

test('An engine is reached over TLS that verifies both sides', async (t) => {
  const options = { ...tls, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true };
  const port = await listening(t, createTlsServer(options, handOn));
  await works(t, { url: `tcp://localhost:${port}`, tls });
  const other = await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    '/dev/null',
    '-subj',
    '/CN=localhost',
  ]);
  const stranger = createEngine({ url: `tcp://localhost:${port}`, tls: { ...tls, ca: other.stdout } });
  await t.throwsAsync(stranger.info(), { code: 'docker', message: /certificate/ });
});

test.serial('An engine is reached through ssh', async (t) => {
  process.env.PATH = `${directory}:${process.env.PATH}`;
  await works(t, { url: 'ssh://me@far.example.com:2222' });
  t.regex(
    await readFile(join(directory, 'ssh.log'), 'utf8'),
    /^-l me -p 2222 -T -o BatchMode=yes -- far\.example\.com docker system dial-stdio\n/,
  );
});

test.serial('A machine that ssh does not reach is told in its words', async (t) => {
  await writeFile(join(directory, 'ssh'), '#!/bin/sh\necho "Permission denied (publickey)." >&2\nexit 255\n', { mode: 0o755 });
  await t.throwsAsync(createEngine({ url: 'ssh://nobody@far' }).info(), {
    code: 'docker',
    message: /255: Permission denied \(publickey\)/,
  });
});

test('Nothing in an address becomes an option of ssh', (t) => {
  const argv = sshArguments(new URL('ssh://-oProxyCommand=x@-oProxyCommand=y'));
  t.deepEqual(argv.slice(0, 2), ['-l', '-oProxyCommand=x']);
  t.is(argv[argv.indexOf('--') + 1], '-oProxyCommand=y');
});
