import { parentPort } from 'node:worker_threads';
import { messageOf, WindlassError } from '../errors.ts';
import type { ThreadAnswer, ThreadFailure, ThreadQuestion } from './create-git-thread.ts';
import { createGitAnswers } from './git-requests.ts';

/**
 * The thread in which isomorphic-git works: it parses packs and their indexes in one go, which takes seconds where there
 * are many objects, and would hold up everything else of the process.
 */
const answerOf = createGitAnswers();

parentPort?.on('message', ({ id, request }: ThreadQuestion) => {
  answerOf(request).then(
    (answer) => send({ id, answer }),
    (error: unknown) => parentPort?.postMessage({ id, failure: describe(error) } satisfies ThreadAnswer),
  );
});

/** A small blob may be a part of a large pack, all of which would be copied with it. */
function send({ id, answer }: { readonly id: number; readonly answer: unknown }): void {
  const own = answer instanceof Uint8Array ? new Uint8Array(answer) : undefined;
  if (own) parentPort?.postMessage({ id, answer: own } satisfies ThreadAnswer, [own.buffer]);
  else parentPort?.postMessage({ id, answer } satisfies ThreadAnswer);
}

function describe(error: unknown): ThreadFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!(error instanceof WindlassError)) return { message: messageOf(error), code };
  return { message: error.message, code, windlass: { code: error.code, permanent: error.permanent } };
}
