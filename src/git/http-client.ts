import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { messageOf, WindlassError } from '../errors.ts';

/** A Git host that neither answers nor sends for this long is away. */
const idleMs = 60_000;
const mostBytes = 2 ** 30;
const mostRedirects = 5;
const advertisement = '/info/refs?service=git-upload-pack';

interface Options {
  /** How messages call the repository. */
  readonly name: string;
  /** Value of the Authorization header; it goes to the repository's own host alone. */
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}

/** Knows where requests have been redirected to. */
export interface LocatingHttpClient extends HttpClient {
  /** The repository's URL as the Git host wants it. */
  located(url: string): string;
}

/**
 * HTTP for one fetch, as isomorphic-git asks for it. Its own client cannot be cancelled and waits for ever.
 * The list of refs is asked for once, so that all of a fetch sees the same moment.
 */
export function createHttpClient({ name, authorization, signal }: Options): LocatingHttpClient {
  const advertised = new Map<string, Promise<GitHttpResponse & { readonly content: Uint8Array }>>();
  let moved: { readonly from: string; readonly to: string } | undefined;

  const located = (url: string): string => (moved && url.startsWith(moved.from) ? moved.to + url.slice(moved.from.length) : url);
  const send = async (request: GitHttpRequest): Promise<GitHttpResponse> => {
    const base = located(request.url);
    const response = await follow(base, await initOf(request, authorization), { name, signal });
    if (response.url !== base && base.endsWith(advertisement) && response.url.endsWith(advertisement)) {
      moved = { from: base.slice(0, -advertisement.length), to: response.url.slice(0, -advertisement.length) };
    }
    refuse(response.statusCode, name);
    return response;
  };
  const advertise = async (request: GitHttpRequest) => {
    const response = await send(request);
    return { ...response, content: await collect(response.body) };
  };
  return {
    located,
    request: async (request) => {
      if ((request.method ?? 'GET') !== 'GET') return send(request);
      const answer = advertised.get(request.url) ?? advertise(request);
      advertised.set(request.url, answer);
      const { content, ...response } = await answer;
      return { ...response, body: chunks([content]) };
    },
  };
}

async function initOf({ method = 'GET', headers = {}, body }: GitHttpRequest, authorization: string | undefined): Promise<RequestInit> {
  return {
    method,
    headers: authorization === undefined ? headers : { ...headers, Authorization: authorization },
    ...(body === undefined ? {} : { body: await collect(body) }),
    redirect: 'manual',
  };
}

/** Follows to the same host only: a token must not travel, and the URL should be mended where it stands. */
async function follow(url: string, init: RequestInit, options: { name: string; signal: AbortSignal }): Promise<GitHttpResponse> {
  let current = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await once(current, init, options);
    const location = response.statusCode >= 300 && response.statusCode < 400 ? response.headers?.location : undefined;
    if (location === undefined) return response;
    const target = new URL(location, current);
    if (!sameHost(new URL(current), target)) {
      throw new WindlassError(
        'git',
        `${options.name} has moved to ${target.origin}${target.pathname.replace(/\/info\/refs$/, '')}: write the new URL`,
      );
    }
    current = target.href;
  }
  throw new WindlassError('git', `${options.name} redirects in circles: check its URL`);
}

function sameHost(from: URL, to: URL): boolean {
  return from.origin === to.origin || (from.hostname === to.hostname && from.protocol === 'http:' && to.protocol === 'https:');
}

async function once(url: string, init: RequestInit, { name, signal }: { name: string; signal: AbortSignal }): Promise<GitHttpResponse> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(new Error(`no answer for ${idleMs / 1000} s`)), idleMs);
  const failed = (error: unknown) => {
    clearTimeout(timer);
    if (signal.aborted) return signal.reason;
    return new WindlassError('git', `cannot reach ${name}: ${reasonOf(error)}`, { permanent: false, cause: error });
  };
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.any([signal, idle.signal]) });
    return {
      url,
      statusCode: response.status,
      statusMessage: response.statusText,
      headers: Object.fromEntries(response.headers),
      body: watched(response.body, timer, failed),
    };
  } catch (error) {
    throw failed(error);
  }
}

async function* watched(
  body: AsyncIterable<Uint8Array> | null,
  timer: NodeJS.Timeout,
  failed: (error: unknown) => unknown,
): AsyncIterableIterator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > mostBytes) throw new Error(`it sends more than ${mostBytes / 2 ** 20} MiB at once`);
      yield chunk;
    }
  } catch (error) {
    throw failed(error);
  } finally {
    clearTimeout(timer);
  }
}

function refuse(status: number, name: string): void {
  if (status === 401 || status === 403) throw new WindlassError('git', `${name} refuses access (HTTP ${status}): check its token`);
  if (status === 404) throw new WindlassError('git', `${name} is not there (HTTP 404): check its URL and, if it is private, its token`);
  if (status === 429 || status >= 500)
    throw new WindlassError('git', `${name} answers HTTP ${status}: trying again later`, { permanent: false });
  if (status !== 200) throw new WindlassError('git', `${name} answers HTTP ${status}: is its URL that of a Git repository?`);
}

/** fetch says only "fetch failed"; the cause tells why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== '' ? cause.message : messageOf(error);
}

async function collect(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | undefined): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of body ?? []) all.push(chunk);
  return Buffer.concat(all);
}

async function* chunks(all: readonly Uint8Array[]): AsyncIterableIterator<Uint8Array> {
  yield* all;
}
