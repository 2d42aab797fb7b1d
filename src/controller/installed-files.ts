import type { StreamHub } from '../api/stream-hub.ts';
import { messageOf } from '../errors.ts';
import type { HostRecord } from '../model/host.ts';
import { isInPlace } from '../model/owner-and-mode.ts';
import type { Decision } from '../planning/decide.ts';
import { type DesiredFiles, recordOf } from '../planning/desired-files.ts';
import type { StepQueue } from '../queue/steps.ts';
import { mask } from '../secret.ts';
import { openAgentStream, readAll } from './agent-streams.ts';
import { textOf } from './decision-documents.ts';
import type { InstalledAndDesired } from './diff.ts';
import { shownInstalled } from './former-secrets.ts';
import { placingLines } from './placing-lines.ts';

interface Agents {
  readonly hub: StreamHub;
  readonly steps: Pick<StepQueue, 'request'>;
}

/** Containers whose files are asked for at a time: an agent answers within its deadline, however many differ. */
const atOnce = 8;

/**
 * What each container holds against what it should, secrets masked, and what may be a former one hidden. Agents are asked only for what is
 * known to differ. `deployed`: the contents of what is deployed, for they tell which installed files hold present secrets alone.
 */
export async function installedAndDesired(
  decision: Decision,
  deployed: Decision['contents'],
  hosts: readonly HostRecord[],
  agents: Agents,
): Promise<InstalledAndDesired[]> {
  const found = new Map<DesiredFiles, readonly InstalledAndDesired[]>();
  // What cannot be rendered for a stranger is neither installed nor removed.
  const left = decision.containers.filter(({ issues }) => issues === undefined);
  const lane = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift())
      found.set(one, await ofContainer(one, decision, deployed, hosts, agents));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return decision.containers.flatMap((one) => found.get(one) ?? []);
}

async function ofContainer(
  desiredFiles: DesiredFiles,
  decision: Decision,
  deployed: Decision['contents'],
  hosts: readonly HostRecord[],
  agents: Agents,
): Promise<readonly InstalledAndDesired[]> {
  const { name, host, files } = desiredFiles;
  const where = hosts.find((one) => one.name === host);
  const record = recordOf(desiredFiles, hosts);
  const differing = files.filter((file) => !isInPlace(record?.configs[file.target], file));
  const removed = Object.keys(record?.configs ?? {}).filter((target) => !files.some((file) => file.target === target));
  const targets = [...differing.map(({ target }) => target), ...removed];
  if (targets.length === 0) return [];
  const read: Installed = record
    ? await (where?.state === 'lost' ? unread(`host ${host} is lost`, targets) : readInstalled(record.id, host, targets, agents))
    : {};
  return targets.map((target) => {
    const file = files.find((one) => one.target === target);
    const placing = file ? { placing: placingLines(record?.configs[target], file) } : {};
    const desired = file && mask(textOf(decision.contents.get(file.hash)), decision.secrets);
    const installed = read[target];
    if (typeof installed === 'object') return { container: name, target, installed: undefined, desired, unread: installed.unread };
    if (installed === undefined) return { container: name, target, installed, desired };
    const laid = record?.configs[target]?.drift?.from;
    const shown = shownInstalled({ bytes: Buffer.from(installed, 'base64'), target, desired, laid }, { ...decision, deployed });
    return { container: name, target, installed: shown, desired, ...placing };
  });
}

/** By target: base64, or why it cannot be said; what is not there is left out. */
type Installed = Readonly<Record<string, string | { readonly unread: string }>>;

const unread = (reason: string, targets: readonly string[]): Installed =>
  Object.fromEntries(targets.map((target) => [target, { unread: reason }]));

async function readInstalled(container: string, host: string, targets: readonly string[], { hub, steps }: Agents): Promise<Installed> {
  try {
    const signal = AbortSignal.timeout(30_000);
    const stream = await openAgentStream(hub, steps, host, { kind: 'read-file', container, targets: [...targets] }, signal);
    return JSON.parse((await readAll(stream)).toString('utf8'));
  } catch (error) {
    return unread(messageOf(error), targets);
  }
}
