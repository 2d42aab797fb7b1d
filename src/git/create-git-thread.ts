import { Worker } from 'node:worker_threads';
import { type ErrorCode, WindlassError } from '../errors.ts';
import type { GitAnswers, GitRequest } from './git-requests.ts';

export interface ThreadQuestion {
  readonly id: number;
  readonly request: GitRequest;
}

export type ThreadAnswer = { readonly id: number } & ({ readonly answer: unknown } | { readonly failure: ThreadFailure });

export interface ThreadFailure {
  readonly message: string;
  /** isomorphic-git's (`NotFoundError`) or the system's (`ENOSPC`); may be empty. */
  readonly code: string;
  readonly windlass?: { readonly code: ErrorCode; readonly permanent: boolean };
}

/** What isomorphic-git threw in a thread, with its code. */
export class GitThreadError extends Error {
  override readonly name = 'GitThreadError';
  readonly code: string;

  constructor({ message, code }: ThreadFailure) {
    super(message);
    this.code = code;
  }
}

/** Asks a thread, any number of questions side by side; one that has ended is started again by the next question. */
export interface GitThread {
  ask<Kind extends GitRequest['kind']>(request: Extract<GitRequest, { kind: Kind }>): Promise<GitAnswers[Kind]>;
  /** Ends the thread; what is asked just now is rejected. */
  close(): Promise<void>;
}

interface Running {
  readonly thread: Worker;
  readonly waiting: Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>;
}

export function createGitThread(): GitThread {
  let running: Running | undefined;
  let lastId = 0;
  const start = (): Running => {
    const started = startThread((ended) => {
      if (running === ended) running = undefined;
    });
    running = started;
    return started;
  };
  return {
    ask: (request) => {
      const { thread, waiting } = running ?? start();
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
        thread.ref();
        thread.postMessage({ id, request } satisfies ThreadQuestion);
      });
    },
    close: async () => {
      await running?.thread.terminate();
    },
  };
}

function startThread(onEnd: (ended: Running) => void): Running {
  const thread = new Worker(new URL('./git-thread.js', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  const waiting: Running['waiting'] = new Map();
  const started = { thread, waiting };
  const end = (reason: string) => {
    onEnd(started);
    for (const { reject } of waiting.values()) reject(new WindlassError('git', `the Git thread ended: ${reason}`, { permanent: false }));
    waiting.clear();
  };
  thread.on('error', (error: Error) => end(error.message));
  thread.on('exit', () => end('it was closed'));
  thread.on('message', (message: ThreadAnswer) => {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    // It holds the process only while it is waited for.
    if (waiting.size === 0) thread.unref();
    if ('failure' in message) asked?.reject(revive(message.failure));
    else asked?.resolve(message.answer);
  });
  return started;
}

function revive(failure: ThreadFailure): Error {
  if (failure.windlass === undefined) return new GitThreadError(failure);
  return new WindlassError(failure.windlass.code, failure.message, { permanent: failure.windlass.permanent });
}
