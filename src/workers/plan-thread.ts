import { parentPort } from 'node:worker_threads';
import { readPlanMessage } from './plan-message.ts';
import { answerPlanRequest } from './plan-requests.ts';

/**
 * The thread in which repositories are read, templates rendered and plans made. It has no timers, disk or network,
 * and its owner ends it when an answer takes too long: whatever a repository contains, it cannot stop the controller.
 */
const known = new Map();

parentPort?.on('message', (message: unknown) => {
  try {
    parentPort?.postMessage({ answer: answerPlanRequest(known, readPlanMessage(message)) });
  } catch (error) {
    parentPort?.postMessage({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

parentPort?.postMessage({ ready: true });
