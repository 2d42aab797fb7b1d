import { Worker } from 'node:worker_threads';
import { WindlassError } from '../errors.ts';
import { createFormulaNote, type FormulaNote, readFormulaNote } from './formula-note.ts';
import { planMessage } from './plan-message.ts';
import type { PlanAnswers, PlanQuestion } from './plan-requests.ts';
import { createRunawayFormulas } from './runaway-formulas.ts';

/** Asks the planning thread, one question at a time, and ends it when an answer is overdue; the next question gets a new one. */
export interface Planner {
  ask<Kind extends PlanQuestion['kind']>(request: Extract<PlanQuestion, { kind: Kind }>): Promise<PlanAnswers[Kind]>;
  close(): Promise<void>;
}

/** What the thread is started with. */
export interface PlanThreadData {
  readonly note: FormulaNote;
  readonly deadlineMs: number;
}

/** What it is asked: `overdue` are the words of formulas that it is not to work out. */
export interface PlanThreadQuestion {
  readonly message: unknown;
  readonly overdue: readonly string[];
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

interface PlannerOptions {
  /** 20 s by default. */
  readonly deadlineMs?: number;
  /** Milliseconds of any beginning; only differences count. */
  readonly now?: () => number;
}

/** Formulas of which a question is told that they never end before it is given up. */
const overdueAllowed = 3;

/**
 * The deadline is each question's own: one that runs away takes only itself down, not those that wait behind it. Where a formula did it,
 * the question is asked again without: what is wrong then stands at its place, and it is not tried again there for some minutes.
 */
export function createPlanner({ deadlineMs = 20_000, now = () => performance.now() }: PlannerOptions = {}): Planner {
  let thread: Thread | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  const runaways = createRunawayFormulas(now);

  const end = async () => {
    const ended = thread;
    thread = undefined;
    await ended?.worker.terminate();
  };
  const answer = async (request: PlanQuestion, found: readonly string[] = []): Promise<unknown> => {
    thread ??= await startThread(deadlineMs);
    const overdue = [...new Set([...found, ...runaways.of(keyOf(request))])].sort();
    const ending = await askThread(thread, { message: planMessage(request), overdue }, deadlineMs);
    if (ending.kind === 'answered') return ending.answer;
    if (ending.kind === 'failed') throw new WindlassError('repository', `planning failed: ${ending.reason}`);
    await end();
    if (ending.kind === 'ended') throw new WindlassError('repository', ending.reason);
    if (ending.overdue === '' || found.length === overdueAllowed) throw new WindlassError('deadline', late(deadlineMs));
    runaways.add(keyOf(request), ending.overdue);
    return answer(request, [...found, ending.overdue]);
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

/** The revision of an environment that a question is about; undefined where it brings what it is about along. */
const keyOf = (request: PlanQuestion): string | undefined => ('key' in request ? request.key : undefined);

function askThread({ worker, note }: Thread, question: PlanThreadQuestion, deadlineMs: number): Promise<Ending> {
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
    worker.postMessage(question);
  });
}

/** Ready to be asked: what it takes to load the code is nobody's deadline. */
function startThread(deadlineMs: number): Promise<Thread> {
  const note = createFormulaNote();
  const workerData: PlanThreadData = { deadlineMs, note };
  const worker = new Worker(new URL('./plan-thread.js', import.meta.url), { workerData, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  worker.unref();
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve({ worker, note }));
    worker.once('error', reject);
  });
}

const late = (deadlineMs: number): string =>
  `reading, rendering and planning took longer than ${deadlineMs / 1000} s and were ended: look for a template or formula that never ends`;
