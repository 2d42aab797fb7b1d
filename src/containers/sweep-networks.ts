import type { Engine } from '../docker/engine.ts';
import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Run } from './dependencies.ts';

/** The label of a network that windlass made. */
export const networkLabel = 'windlass.environment';

export interface NetworkSweep {
  readonly engine: Pick<Engine, 'listNetworks' | 'listContainers' | 'removeNetwork'>;
  readonly inTurn: Run['inTurn'];
  /** Whether a step under way is about to join a container to it. */
  readonly isWanted: (network: string) => boolean;
  readonly fault: Fault;
  readonly log: Log;
}

/**
 * Removes networks that windlass made and no container has, stopped ones included: the engine itself would only miss the running
 * ones. A network that is declared but empty for a moment is made again by whoever needs it.
 */
export async function sweepNetworks({ engine, inTurn, isWanted, fault, log }: NetworkSweep): Promise<void> {
  const used = await usedNetworks(engine);
  const idle = (await engine.listNetworks([networkLabel])).filter(({ Name }) => !used.has(Name));
  for (const { Name, Id } of idle) {
    await inTurn(`network ${Name}`, async () => {
      if (isWanted(Name) || (await usedNetworks(engine)).has(Name)) return;
      await engine.removeNetwork(Id);
      fault('prune:network');
      log.info({ network: Name }, 'network removed: nothing uses it');
    });
  }
}

/** Names of the networks that any container has, running or not. */
export async function usedNetworks(engine: Pick<Engine, 'listContainers'>): Promise<ReadonlySet<string>> {
  const containers = await engine.listContainers([]);
  return new Set(containers.flatMap(({ NetworkSettings }) => Object.keys(NetworkSettings?.Networks ?? {})));
}
