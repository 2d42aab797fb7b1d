import { Worker } from 'node:worker_threads';
import { WindlassError } from '../errors.ts';
import type { Secrets } from '../model/application.ts';
import type { PlanAnswers, PlanRequest } from './plan-requests.ts';

/** Asks the planning thread, and ends it when an answer is overdue; the next question gets a new one. */
export interface Planner {
  ask<Kind extends PlanRequest['kind']>(request: Extract<PlanRequest, { kind: Kind }>): Promise<PlanAnswers[Kind]>;
  close(): Promise<void>;
}

interface Question {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: WindlassError) => void;
  readonly deadline: NodeJS.Timeout;
}

export function createPlanner(deadlineMs = 20_000): Planner {
  let thread: Worker | undefined;
  let questions = new Map<number, Question>();
  let lastId = 0;

  const drop = (reason: string, code: 'deadline' | 'repository') => {
    const abandoned = questions;
    questions = new Map();
    const ended = thread;
    thread = undefined;
    for (const { reject, deadline } of abandoned.values()) {
      clearTimeout(deadline);
      reject(new WindlassError(code, reason));
    }
    return ended?.terminate();
  };
  const start = () => {
    const started = new Worker(new URL('./plan-thread.js', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 1024 } });
    started.on('message', ({ id, answer, failure }: { id: number; answer: never; failure?: string }) => {
      const question = questions.get(id);
      if (!question) return;
      questions.delete(id);
      clearTimeout(question.deadline);
      if (failure === undefined) question.resolve(answer);
      else question.reject(new WindlassError('repository', `planning failed: ${failure}`));
    });
    // A thread that runs out of memory ends with an error; the revision that did it gets the blame.
    started.on('error', (error: Error) => void (thread === started && drop(`planning ended: ${error.message}`, 'repository')));
    started.unref();
    return started;
  };

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        thread ??= start();
        const id = ++lastId;
        const late = `reading, rendering and planning took longer than ${deadlineMs / 1000} s and were ended: look for a template or formula that never ends`;
        const deadline = setTimeout(() => void drop(late, 'deadline'), deadlineMs);
        questions.set(id, { resolve, reject, deadline });
        thread.postMessage({ id, request: 'secrets' in request ? { ...request, secrets: revealed(request.secrets) } : request });
      }),
    close: async () => void (await drop('the planner was closed', 'deadline')),
  };
}

/** A Secret's text is private to it and would not survive the way to the thread. */
const revealed = (secrets: Secrets): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
