import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { answerPlanRequest } from './answer-plan-request.ts';
import { watchFormulas } from './formula-note.ts';
import { readPlanMessage } from './plan-message.ts';
import type { PlanThreadData, PlanThreadQuestion } from './planner.ts';

/**
 * The thread in which repositories are read, templates rendered and plans made. It has no timers, disk or network,
 * and its owner ends it when an answer takes too long: whatever a repository contains, it cannot stop the controller.
 */
function serve(owner: MessagePort, { note, deadlineMs }: PlanThreadData): void {
  const known = new Map();
  let refused: readonly string[] = [];
  const watch = watchFormulas(note, () => refused, deadlineMs);
  owner.on('message', ({ message, overdue }: PlanThreadQuestion) => {
    try {
      refused = overdue;
      owner.postMessage({ answer: answerPlanRequest(known, watch, readPlanMessage(message), overdue) });
    } catch (error) {
      owner.postMessage({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  owner.postMessage({ ready: true });
}

if (parentPort) serve(parentPort, workerData);
