import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs the git binary without this machine's configuration; its output. */
export async function git(directory: string, ...argv: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  const { stdout } = await run('git', ['-c', 'init.defaultBranch=main', '-c', 'gc.auto=0', ...argv], {
    cwd: directory,
    env,
    maxBuffer: 64 << 20,
  });
  return stdout.trim();
}

/** Files by path; a value of undefined removes. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

/** A real repository: `work` is an ordinary one, `bare` what it pushes to. */
export interface TestRepository {
  readonly work: string;
  readonly bare: string;
  /** Commits the files on the branch that is checked out, and pushes it; the commit. */
  push(files: Files, message?: string): Promise<string>;
  git(...argv: string[]): Promise<string>;
}

/** Git repositories served over smart HTTP by `git http-backend`. */
export interface GitServer {
  readonly directory: string;
  /** `METHOD path` of every request so far, and the bytes answered. */
  readonly requests: { readonly line: string; readonly authorization: string | undefined; bytes: number }[];
  url(name: string): string;
  create(name: string, files?: Files): Promise<TestRepository>;
  /** While it is set every request is answered by it. */
  intercept(handler: ((request: IncomingMessage, response: ServerResponse) => void) | undefined): void;
  /** Answers requests below one path with a redirect below another. */
  rewrite(from: string, to: string): void;
  close(): Promise<void>;
}

export interface GitServerOptions {
  readonly password?: string;
  readonly address?: string;
  /** Serves over TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function createGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-git-'));
  const requests: GitServer['requests'] = [];
  const moved = new Map<string, string>();
  let handler: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const entry = { line: `${request.method} ${request.url}`, authorization: request.headers.authorization, bytes: 0 };
    requests.push(entry);
    if (handler) return handler(request, response);
    for (const [from, to] of moved) {
      if (request.url?.startsWith(from)) return void response.writeHead(301, { location: to + request.url.slice(from.length) }).end();
    }
    if (options.password !== undefined && !allowed(request, options.password)) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no\n');
    }
    backend(directory, request, response, (bytes) => {
      entry.bytes += bytes;
    });
  };
  const server = options.tls ? createTlsServer(options.tls, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, options.address ?? '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    directory,
    requests,
    url: (name) => `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/${name}.git`,
    create: (name, files) => createRepository(directory, name, files),
    intercept: (next) => {
      handler = next;
    },
    rewrite: (from, to) => void moved.set(from, to),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A bare repository NAME.git in the directory and a work tree NAME beside it. */
export async function createRepository(
  directory: string,
  name: string,
  files: Files = { 'windlass.yaml': 'version: 1\n' },
): Promise<TestRepository> {
  const bare = join(directory, `${name}.git`);
  const work = join(directory, name);
  await git(directory, 'init', '-q', '--bare', bare);
  await git(directory, 'init', '-q', work);
  await git(work, 'remote', 'add', 'origin', bare);
  const push = async (changes: Files, message = 'change') => {
    for (const [path, content] of Object.entries(changes)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      if (content === undefined) await rm(join(work, path));
      else await writeFile(join(work, path), content);
    }
    await git(work, 'add', '-A');
    await git(work, 'commit', '-q', '--allow-empty', '-m', message);
    await git(work, 'push', '-q', '--force', 'origin', 'HEAD');
    return git(work, 'rev-parse', 'HEAD');
  };
  await push(files, 'first');
  return { work, bare, push, git: (...argv) => git(work, ...argv) };
}

function allowed(request: IncomingMessage, password: string): boolean {
  const [, encoded = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString().split(':').slice(1).join(':') === password;
}

/** CGI as far as `git http-backend` needs it. */
function backend(directory: string, request: IncomingMessage, response: ServerResponse, answered: (bytes: number) => void): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const env = {
    PATH: process.env.PATH,
    GIT_PROJECT_ROOT: directory,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: [request.headers['git-protocol']].flat().join(':'),
    REQUEST_METHOD: request.method,
    PATH_INFO: url.pathname,
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
  };
  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    answered(chunk.length);
    if (head === undefined) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const headers = head
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(/: (.*)/s, 2) as [string, string]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.on('close', () => response.end());
}
