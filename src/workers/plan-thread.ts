import { parentPort, workerData } from 'node:worker_threads';
import { watchFormulas } from './formula-note.ts';
import { readPlanMessage } from './plan-message.ts';
import { answerPlanRequest } from './plan-requests.ts';
import type { PlanThreadData } from './planner.ts';

/**
 * The thread in which repositories are read, templates rendered and plans made. It has no timers, disk or network,
 * and its owner ends it when an answer takes too long: whatever a repository contains, it cannot stop the controller.
 */
const known = new Map();
const { note, overdue, deadlineMs }: PlanThreadData = workerData;
const watch = watchFormulas(note, overdue, deadlineMs);

parentPort?.on('message', (message: unknown) => {
  try {
    parentPort?.postMessage({ answer: answerPlanRequest(known, watch, readPlanMessage(message)) });
  } catch (error) {
    parentPort?.postMessage({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

parentPort?.postMessage({ ready: true });
