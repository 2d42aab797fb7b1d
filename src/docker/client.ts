import type { IncomingMessage } from 'node:http';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import Docker from 'dockerode';
import type { EngineEndpoint } from './endpoint.ts';
import { ask, EngineError } from './errors.ts';
import { createSshAgent } from './ssh-agent.ts';

/** dockerode, with what this folder's files share. */
export interface Client {
  readonly docker: Docker;
  readonly endpoint: EngineEndpoint;
  /** One call; `what` begins the message of a failure. */
  ask<T>(what: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** A GET whose answer streams; dockerode itself parses the answers of some of these as JSON. */
  open(what: string, path: string, query: object, signal?: AbortSignal): Promise<IncomingMessage>;
}

/** The part of docker-modem that is called directly. */
export interface Modem {
  dial(options: object, callback: (error: unknown, answer: IncomingMessage) => void): void;
}

/** docker-modem's own types leave `dial` out. */
export const modemOf = (docker: Docker): Modem => docker.modem as unknown as Modem;

export function createClient(endpoint: EngineEndpoint): Client {
  const docker = new Docker(dockerOptions(endpoint));
  const modem = modemOf(docker);
  const dial = (options: object) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      modem.dial(options, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  const client: Client = {
    docker,
    endpoint,
    ask: (what, call, signal) => ask(endpoint.url, what, call, signal),
    open: (what, path, query, signal) => {
      const options = { path: `${path}?`, method: 'GET', options: query, abortSignal: signal, isStream: true, statusCodes: { 200: true } };
      return client.ask(what, () => dial(options), signal);
    },
  };
  return client;
}

/** docker-modem fills whatever is left out from the process's environment, hence the explicit undefined. */
function dockerOptions(endpoint: EngineEndpoint): Docker.DockerOptions {
  const url = new URL(endpoint.url);
  const none = { host: undefined, port: undefined, protocol: undefined, username: undefined, timeout: undefined, pathPrefix: '/' };
  const options = { ...none, ca: endpoint.tls?.ca, cert: endpoint.tls?.cert, key: endpoint.tls?.key };
  if (url.protocol === 'unix:') return { ...options, socketPath: decodeURIComponent(url.pathname) } as Docker.DockerOptions;
  const host = { ...options, host: url.hostname, port: url.port || (endpoint.tls ? '2376' : '2375') };
  if (url.protocol === 'ssh:') return { ...host, agent: createSshAgent(url), protocol: 'http' } as Docker.DockerOptions;
  return { ...host, protocol: endpoint.tls ? 'https' : 'http' } as Docker.DockerOptions;
}

/** A container's name or id, checked before it becomes a part of a URL. */
export function containerPart(id: string): string {
  return urlPart(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, id, 'the name or id of a container, network or volume');
}

/** An image's reference or id, checked before it becomes a part of a URL. */
export function imagePart(reference: string): string {
  return urlPart(/^[a-zA-Z0-9](?:[a-zA-Z0-9_:@/-]|\.(?!\.))*$/, reference, 'the reference or id of an image');
}

function urlPart(allowed: RegExp, text: string, what: string): string {
  if (!allowed.test(text)) throw new EngineError(`${JSON.stringify(text)} is not ${what}`, { status: 400 });
  return text;
}

/**
 * Sends a stream with `send`: a source that breaks off fails the call, and a call that ends early ends the source. `broken` is aborted
 * when the source breaks: a request that has not begun to read it by then would wait for it until the engine gives up.
 */
export async function sending<T>(source: Readable, send: (body: Readable, broken: AbortSignal) => Promise<T>): Promise<T> {
  const breaking = new AbortController();
  const body = new PassThrough();
  pipeline(source, body, (error) => {
    if (error) breaking.abort(error);
  });
  try {
    return await send(body, breaking.signal);
  } catch (error) {
    throw breaking.signal.aborted && !body.readableEnded && isStreamError(error) ? breaking.signal.reason : error;
  } finally {
    source.destroy();
    body.destroy();
  }
}

function isStreamError(error: unknown): boolean {
  return !(error instanceof EngineError) || error.status === undefined;
}
