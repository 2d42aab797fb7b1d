import { parentPort } from 'node:worker_threads';
import { Secret } from '../secret.ts';
import { answerPlanRequest, type PlanRequest } from './plan-requests.ts';

/**
 * The thread in which repositories are read, templates rendered and plans made. It has no timers, disk or network,
 * and its owner ends it when an answer takes too long: whatever a repository contains, it cannot stop the controller.
 */
const loaded = new Map();

parentPort?.on('message', (request: PlanRequest) => {
  const revived = request.kind === 'decide' ? { ...request, secrets: reviveSecrets(request.secrets) } : request;
  try {
    parentPort?.postMessage({ answer: answerPlanRequest(loaded, revived) });
  } catch (error) {
    parentPort?.postMessage({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

parentPort?.postMessage({ ready: true });

function reviveSecrets(texts: Readonly<Record<string, unknown>>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, new Secret(String(text))]));
}
