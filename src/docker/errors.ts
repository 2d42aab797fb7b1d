import { messageOf, WindlassError } from '../errors.ts';

/** What the engine refused, or that it did not answer: `status` is its HTTP status, undefined where there was no answer. */
export class EngineError extends WindlassError {
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number | undefined; cause?: unknown } = {}) {
    super('docker', message, { permanent: isPermanent(options.status), cause: options.cause });
    this.status = options.status;
  }
}

/** The engine's HTTP status of an error of this folder; undefined for any other error. */
export function engineStatus(error: unknown): number | undefined {
  return error instanceof EngineError ? error.status : undefined;
}

/** A conflict passes and a server error may; what the engine calls our mistake stays one. */
function isPermanent(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 409;
}

/** Runs one call of the engine's API; what it throws becomes an EngineError that begins with `what`. */
export async function ask<T>(url: string, what: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await call();
  } catch (error) {
    signal?.throwIfAborted();
    throw engineError(url, what, error);
  }
}

/** Turns what dockerode throws into an EngineError; a WindlassError passes as it is. */
export function engineError(url: string, what: string, error: unknown): WindlassError {
  if (error instanceof WindlassError) return error;
  const status = statusOf(error);
  if (status !== undefined) return new EngineError(`${what}: ${enginesWords(error)}`, { status, cause: error });
  if (isConnectionError(error)) {
    return new EngineError(`${what}: the Docker engine at ${url} does not answer (${messageOf(error)}); is it running?`, { cause: error });
  }
  return new EngineError(`${what}: ${messageOf(error)}`, { cause: error });
}

/** Gives undefined where the engine says that there is no such thing. */
export async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (engineStatus(error) === 404) return undefined;
    throw error;
  }
}

/** Takes the given statuses for success. */
export async function accepting(statuses: readonly number[], answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!statuses.includes(engineStatus(error) ?? 0)) throw error;
  }
}

function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** docker-modem writes `(HTTP code 404) no such container - No such container: x `; the engine's own words follow the dash. */
function enginesWords(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) .*? - /s, '')
    .trim();
}

const connectionCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EACCES',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
];

function isConnectionError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && connectionCodes.includes(code);
}
