import type { StepQueue } from '../queue/steps.ts';
import type { DeployContext } from '../workers/deploy-context.ts';

const withinMs = 5_000;

/** Asks the agents of hosts whether they and their engines are there; those that are not are the answer. */
export const createAskAgents =
  (steps: Pick<StepQueue, 'request'>): DeployContext['askAgents'] =>
  async (hosts, signal) => {
    const answers = await Promise.all(
      hosts.map(async (host) => {
        const order = { host, request: { kind: 'answer' }, signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]) } as const;
        const { ok } = await steps.request(order).catch(() => ({ ok: false }));
        return { host, ok };
      }),
    );
    signal.throwIfAborted();
    return answers.filter(({ ok }) => !ok).map(({ host }) => host);
  };
