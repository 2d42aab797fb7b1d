import { Worker } from 'node:worker_threads';
import { WindlassError } from '../errors.ts';
import { createFormulaNote, type FormulaNote, readFormulaNote } from './formula-note.ts';
import { planMessage } from './plan-message.ts';
import type { PlanAnswers, PlanQuestion } from './plan-requests.ts';

/** Asks the planning thread, one question at a time, and ends it when an answer is overdue; the next question gets a new one. */
export interface Planner {
  ask<Kind extends PlanQuestion['kind']>(request: Extract<PlanQuestion, { kind: Kind }>): Promise<PlanAnswers[Kind]>;
  close(): Promise<void>;
}

/** What the thread is started with. */
export interface PlanThreadData {
  readonly note: FormulaNote;
  readonly overdue: readonly string[];
  readonly deadlineMs: number;
}

interface Thread {
  readonly worker: Worker;
  readonly note: FormulaNote;
}

/** An answer, or why there will be none; `overdue` where one formula has taken half of the time or more. */
type Ending =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'ended'; readonly reason: string }
  | { readonly kind: 'late'; readonly overdue: string };

/** Formulas of which a question is told that they never end before it is given up. */
const overdueAllowed = 3;
const overdueRemembered = 100;

/**
 * The deadline is each question's own: one that runs away takes only itself down, not those that wait behind it. Where a formula did it,
 * the question is asked again without: what is wrong then stands at its place, and it is not tried again.
 */
export function createPlanner(deadlineMs = 20_000): Planner {
  let thread: Thread | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  const overdue = new Set<string>();

  const end = async () => {
    const ended = thread;
    thread = undefined;
    await ended?.worker.terminate();
  };
  const answer = async (request: PlanQuestion, tries = 0): Promise<unknown> => {
    thread ??= await startThread({ overdue: [...overdue].slice(-overdueRemembered), deadlineMs });
    const ending = await askThread(thread, request, deadlineMs);
    if (ending.kind === 'answered') return ending.answer;
    if (ending.kind === 'failed') throw new WindlassError('repository', `planning failed: ${ending.reason}`);
    await end();
    if (ending.kind === 'ended') throw new WindlassError('repository', ending.reason);
    if (ending.overdue === '' || tries === overdueAllowed) throw new WindlassError('deadline', late(deadlineMs));
    overdue.add(ending.overdue);
    return answer(request, tries + 1);
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

function askThread({ worker, note }: Thread, request: PlanQuestion, deadlineMs: number): Promise<Ending> {
  return new Promise((resolve) => {
    const settle = (ending: Ending) => {
      clearTimeout(halfTime);
      clearTimeout(deadline);
      worker.off('message', answered).off('error', broke).off('exit', exited);
      resolve(ending);
    };
    const answered = ({ answer, failure }: { answer: unknown; failure?: string }) =>
      settle(failure === undefined ? { kind: 'answered', answer } : { kind: 'failed', reason: failure });
    // A thread that runs out of memory ends with an error; the revision that did it gets the blame.
    const broke = (error: Error) => settle({ kind: 'ended', reason: `planning ended: ${error.message}` });
    const exited = () => settle({ kind: 'ended', reason: 'the planning thread ended' });
    let changesBefore = -1;
    const halfTime = setTimeout(() => {
      changesBefore = readFormulaNote(note).changes;
    }, deadlineMs / 2);
    const deadline = setTimeout(() => {
      const { changes, word } = readFormulaNote(note);
      settle({ kind: 'late', overdue: changes === changesBefore ? word : '' });
    }, deadlineMs);
    worker.on('message', answered).on('error', broke).on('exit', exited);
    worker.postMessage(planMessage(request));
  });
}

/** Ready to be asked: what it takes to load the code is nobody's deadline. */
function startThread(known: Omit<PlanThreadData, 'note'>): Promise<Thread> {
  const note = createFormulaNote();
  const workerData: PlanThreadData = { ...known, note };
  const worker = new Worker(new URL('./plan-thread.js', import.meta.url), { workerData, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  worker.unref();
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve({ worker, note }));
    worker.once('error', reject);
  });
}

const late = (deadlineMs: number): string =>
  `reading, rendering and planning took longer than ${deadlineMs / 1000} s and were ended: look for a template or formula that never ends`;
