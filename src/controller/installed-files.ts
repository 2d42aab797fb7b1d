import type { StreamHub } from '../api/stream-hub.ts';
import type { HostRecord } from '../model/host.ts';
import type { Decision } from '../planning/decide.ts';
import type { StepQueue } from '../queue/steps.ts';
import { mask } from '../secret.ts';
import { openAgentStream, readAll } from './agent-streams.ts';
import { textOf } from './decision-documents.ts';
import type { InstalledAndDesired } from './diff.ts';

interface Agents {
  readonly hub: StreamHub;
  readonly steps: Pick<StepQueue, 'request'>;
}

/** What each container holds against what it should, secrets masked. Agents are asked only for what is known to differ. */
export async function installedAndDesired(
  decision: Decision,
  hosts: readonly HostRecord[],
  { hub, steps }: Agents,
): Promise<InstalledAndDesired[]> {
  const pairs: InstalledAndDesired[] = [];
  for (const { name, host, files } of decision.containers) {
    const record = hosts.find((one) => one.name === host)?.containers.find((one) => one.name === name);
    const differing = files.filter(({ target, hash }) => record?.configs[target]?.installed !== hash);
    const removed = Object.keys(record?.configs ?? {}).filter((target) => !files.some((file) => file.target === target));
    const targets = [...differing.map(({ target }) => target), ...removed];
    if (targets.length === 0) continue;
    const read = record ? await readInstalled(record.id, host, targets, { hub, steps }) : {};
    for (const target of targets) {
      const desired = files.find((file) => file.target === target);
      const installed = read[target];
      pairs.push({
        container: name,
        target,
        installed: installed === undefined ? undefined : mask(Buffer.from(installed, 'base64').toString('utf8'), decision.secrets),
        desired: desired && mask(textOf(decision.contents.get(desired.hash)), decision.secrets),
      });
    }
  }
  return pairs;
}

/** Base64 by target; what is not there is left out. */
async function readInstalled(
  container: string,
  host: string,
  targets: readonly string[],
  { hub, steps }: Agents,
): Promise<Record<string, string>> {
  const stream = await openAgentStream(
    hub,
    steps,
    host,
    { kind: 'read-file', container, targets: [...targets] },
    AbortSignal.timeout(30_000),
  );
  return JSON.parse((await readAll(stream)).toString('utf8'));
}
