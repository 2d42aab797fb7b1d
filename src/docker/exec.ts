import { type Duplex, PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { type Client, containerPart } from './client.ts';
import { createDemultiplexer } from './demultiplex.ts';
import type { ExecOptions, ExecSession } from './engine.ts';
import { EngineError } from './errors.ts';

/** Starts a process in a running container, over a connection of its own. Output that nobody reads is kept in memory. */
export async function startExec(client: Client, id: string, options: ExecOptions): Promise<ExecSession> {
  const what = `run ${options.argv[0] ?? 'nothing'} in container ${id}`;
  const exec = await client.ask(what, () =>
    client.docker.getContainer(containerPart(id)).exec({
      Cmd: [...options.argv],
      User: options.user ?? '0',
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      ...(options.env ? { Env: Object.entries(options.env).map(([name, value]) => `${name}=${value}`) } : {}),
      ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
    }),
  );
  const socket = await client.ask(what, () => exec.start({ hijack: true, stdin: true }));
  return openSession(client, what, exec, socket);
}

function openSession(client: Client, what: string, exec: Docker.Exec, socket: Duplex): ExecSession {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  let closed = false;
  const demultiplex = createDemultiplexer();
  // No back-pressure: a caller that reads one output only would stop the process with the other.
  socket.on('data', (chunk: Buffer) => {
    for (const { stream, bytes } of demultiplex(chunk)) (stream === 2 ? stderr : stdout).write(bytes);
  });
  const ended = new Promise<void>((resolve) => socket.once('close', resolve));
  // A process that ends without reading its stdin resets the connection; its exit code says what came of it.
  socket.on('error', () => {});
  // Nothing comes any more, and what is not written yet has no reader: the engine would keep the connection for two minutes.
  socket.once('end', () => socket.destroy());
  const exit = ended.then(() => {
    stdout.end();
    stderr.end();
    return exitCode(client, what, exec, () => closed);
  });
  // Awaited by whoever cares; a session that is only closed must not end the process.
  exit.catch(() => {});
  return {
    stdin: stdinOf(socket),
    stdout,
    stderr,
    exit,
    close: () => {
      closed = true;
      socket.destroy();
    },
  };
}

/** Ending it closes one half of the connection. Bytes that the process takes no more are dropped. */
function stdinOf(socket: Duplex): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => void socket.write(chunk, () => done()),
    final: (done) => void socket.end(() => done()),
  });
}

/** The engine has no call that waits for an exec, and a process may outlive its outputs. */
async function exitCode(client: Client, what: string, exec: Docker.Exec, isClosed: () => boolean): Promise<number> {
  for (let pause = 10; ; pause = Math.min(pause * 2, 1000)) {
    if (isClosed()) throw new EngineError(`${what}: the connection was closed before the process ended`);
    const { Running, ExitCode } = await client.ask(what, () => exec.inspect());
    if (!Running && ExitCode !== null) return ExitCode;
    await sleep(pause);
  }
}
