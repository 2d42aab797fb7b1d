import { Worker } from 'node:worker_threads';
import { WindlassError } from '../errors.ts';
import { planMessage } from './plan-message.ts';
import type { PlanAnswers, PlanQuestion } from './plan-requests.ts';

/** Asks the planning thread, one question at a time, and ends it when an answer is overdue; the next question gets a new one. */
export interface Planner {
  ask<Kind extends PlanQuestion['kind']>(request: Extract<PlanQuestion, { kind: Kind }>): Promise<PlanAnswers[Kind]>;
  close(): Promise<void>;
}

/** The deadline is each question's own: one that runs away takes only itself down, not those that wait behind it. */
export function createPlanner(deadlineMs = 20_000): Planner {
  let thread: Worker | undefined;
  let tail: Promise<unknown> = Promise.resolve();

  const end = async () => {
    const ended = thread;
    thread = undefined;
    await ended?.terminate();
  };
  const answer = async (request: PlanQuestion): Promise<unknown> => {
    thread ??= await startThread();
    const asked = thread;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(deadline);
        asked.off('message', answered).off('error', broke).off('exit', ended);
        act();
      };
      const giveUp = (code: 'deadline' | 'repository', reason: string) =>
        settle(() => {
          void end();
          reject(new WindlassError(code, reason));
        });
      const answered = ({ answer: given, failure }: { answer: unknown; failure?: string }) =>
        settle(() => (failure === undefined ? resolve(given) : reject(new WindlassError('repository', `planning failed: ${failure}`))));
      // A thread that runs out of memory ends with an error; the revision that did it gets the blame.
      const broke = (error: Error) => giveUp('repository', `planning ended: ${error.message}`);
      const ended = () => giveUp('repository', 'the planning thread ended');
      const deadline = setTimeout(() => giveUp('deadline', overdue(deadlineMs)), deadlineMs);
      asked.on('message', answered).on('error', broke).on('exit', ended);
      asked.postMessage(planMessage(request));
    });
  };
  return {
    ask: (request) => {
      const mine = tail.then(() => answer(request));
      tail = mine.catch(() => {});
      return mine as Promise<never>;
    },
    close: end,
  };
}

/** Ready to be asked: what it takes to load the code is nobody's deadline. */
function startThread(): Promise<Worker> {
  const started = new Worker(new URL('./plan-thread.js', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  started.unref();
  return new Promise((resolve, reject) => {
    started.once('message', () => resolve(started));
    started.once('error', reject);
  });
}

const overdue = (deadlineMs: number): string =>
  `reading, rendering and planning took longer than ${deadlineMs / 1000} s and were ended: look for a template or formula that never ends`;
