import type { StepQueue } from '../queue/steps.ts';
import type { DeployContext } from '../workers/deploy-context.ts';
import { withPatience } from '../workers/with-patience.ts';

const withinMs = 5_000;

/** Asks the agents of hosts whether they and their engines are there; those that are not are the answer. */
export const createAskAgents =
  (steps: Pick<StepQueue, 'request'>): DeployContext['askAgents'] =>
  async (hosts, signal) => {
    const answers = await Promise.all(
      hosts.map(async (host) => {
        const asked = withPatience(signal, withinMs, (either) => steps.request({ host, request: { kind: 'answer' }, signal: either }));
        const { ok } = await asked.catch(() => ({ ok: false }));
        return { host, ok };
      }),
    );
    signal.throwIfAborted();
    return answers.filter(({ ok }) => !ok).map(({ host }) => host);
  };
