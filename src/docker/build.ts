import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import { WindlassError } from '../errors.ts';
import { createBuildLog } from './build-log.ts';
import { type Client, type Modem, modemOf, sending } from './client.ts';
import type { BuildOptions } from './engine.ts';
import { EngineError } from './errors.ts';
import { progressOf, readProgress } from './progress.ts';

const outputLines = 60;
/** Failures of the host or its network, in the words of Go's and the engine's errors: another try may go well. */
const passing = /no space left on device|dial tcp|i\/o timeout|TLS handshake timeout|deadline exceeded/;

/** Builds with BuildKit. The signal ends the connection, and with it the build. */
export async function buildImage(client: Client, context: Readable, options: BuildOptions): Promise<string> {
  const { signal } = options;
  const what = `build image ${options.tags[0] ?? ''}`.trimEnd();
  let close = () => {};
  try {
    return await sending(context, (body, broken) => {
      const ended = signal ? AbortSignal.any([signal, broken]) : broken;
      const tapped = tapSession(client.docker, ended);
      close = tapped.close;
      return client.ask(what, () => run(tapped.docker, what, body, options), ended);
    });
  } catch (error) {
    if (!(error instanceof EngineError) || error.status === undefined) throw error;
    throw new WindlassError('build', error.message, { cause: error, permanent: error.permanent });
  } finally {
    close();
  }
}

async function run(docker: Docker, what: string, body: Readable, options: BuildOptions): Promise<string> {
  const tail: string[] = [];
  const log = createBuildLog((line) => {
    if (tail.push(line) > outputLines) tail.shift();
    options.onLine(line);
  });
  let id: string | undefined;
  let failure: string | undefined;
  const answer = (await docker.buildImage(body, query(options))) as Readable;
  await readProgress(progressOf(docker), answer, ({ stream, error }) => {
    if (error !== undefined) failure = error;
    id = stream?.match(/^Built image: (sha256:[0-9a-f]{64})$/m)?.[1] ?? id;
    if (stream !== undefined) log.add(stream);
  });
  log.end();
  if (failure !== undefined) {
    throw new WindlassError('build', `${what}: ${failure}`, { output: tail.join('\n'), permanent: !passing.test(failure) });
  }
  if (id === undefined) throw new EngineError(`${what}: the engine named no image at the end of the build`);
  return id;
}

function query(options: BuildOptions): Docker.ImageBuildOptions {
  const { cacheFrom, shmSizeBytes, extraHosts, platform } = options.settings ?? {};
  return {
    version: '2',
    t: [...options.tags],
    dockerfile: options.dockerfile,
    buildargs: { ...options.args },
    labels: { ...options.labels },
    ...(options.target === undefined ? {} : { target: options.target }),
    ...(options.network === undefined ? {} : { networkmode: options.network }),
    ...(cacheFrom && { cachefrom: JSON.stringify(cacheFrom) }),
    ...(shmSizeBytes !== undefined && { shmsize: shmSizeBytes }),
    ...(extraHosts && { extrahosts: extraHosts.join(',') }),
    ...(platform !== undefined && { platform }),
  } as unknown as Docker.ImageBuildOptions;
}

/**
 * dockerode closes the session that BuildKit needs only when the build's answer is read to its end:
 * here every connection of the build obeys the signal, and the session ends with the build however that ends.
 */
function tapSession(docker: Docker, signal: AbortSignal): { docker: Docker; close: () => void } {
  const modem = modemOf(docker);
  let session: { destroy(): void } | undefined;
  const dial: Modem['dial'] = (options, callback) =>
    modem.dial({ ...options, abortSignal: signal }, (error, answer) => {
      if (!error && 'path' in options && options.path === '/session') session = answer;
      callback(error, answer);
    });
  const tapped: object = Object.assign(Object.create(modem), { dial });
  return { docker: new Docker({ modem: tapped } as Docker.DockerOptions), close: () => session?.destroy() };
}
