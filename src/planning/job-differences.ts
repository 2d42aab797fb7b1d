import type { ContainerRecord, HostRecord } from '../model/host.ts';
import { isInPlace } from '../model/owner-and-mode.ts';
import { isUnclaimed } from './adoption.ts';
import { takeUp, whyPaused } from './container-differences.ts';
import type { DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';
import type { Located } from './place.ts';
import { whyWrong } from './why-wrong.ts';

export interface JobVerdict {
  readonly differences: readonly Difference[];
  readonly done: boolean;
  /** Why its run does not go on until a person says so. */
  readonly paused?: string;
}

/**
 * A job runs once for its spec and files: done at exit 0, wherever that was, and run again when either changes. One that runs is
 * awaited by the same step. What earlier runs left on other hosts goes once it is done here.
 */
export function jobVerdict(desired: DesiredContainer, existing: readonly Located[], hosts: readonly HostRecord[]): JobVerdict {
  const isRight = (record: ContainerRecord) =>
    record.observed ? whyWrong(desired, record, hosts) === undefined : record.spec === desired.hash.spec;
  const hasFiles = ({ record }: Located) => desired.files.every((file) => isInPlace(record.configs[file.target], file));
  const right = existing.filter(({ record }) => isRight(record));
  const succeeded = right.filter((one) => one.record.state === 'exited' && one.record.exitCode === 0 && hasFiles(one));
  const done = succeeded.find(({ host }) => host === desired.host) ?? succeeded[0];
  if (done) {
    const adoption = isUnclaimed(done.record) ? takeUp({ ...desired, host: done.host }, done.record).differences : [];
    const leftovers = existing.filter((one) => isLeftover(one, done)).map((one) => leftover(desired, one));
    return { differences: [...adoption, ...leftovers], done: true };
  }
  const current = right.find(({ host }) => host === desired.host);
  if (current?.record.state === 'paused') return { differences: [], done: false, paused: whyPaused(desired, current.record) };
  const sameFiles = current !== undefined && hasFiles(current);
  const underWay = current?.record.state === 'running' && sameFiles;
  const common = {
    kind: 'run-job',
    name: desired.name,
    host: desired.host,
    reason: underWay ? 'it is running' : reasonFor(current !== undefined, sameFiles, existing.length > 0),
  } as const;
  const step = desired.create && {
    ...common,
    container: desired.create,
    // What is not among them is awaited, however long it takes, and not started a second time.
    previous: existing.filter((one) => one.host === desired.host && !(underWay && one === current)).map(({ record }) => record.id),
  };
  return { differences: [{ ...common, service: desired.service.name, ...(step ? { step } : {}) }], done: false };
}

/** Of an earlier run; one that still runs elsewhere is left to end. */
const isLeftover = (one: Located, done: Located): boolean => one !== done && one.record.state !== 'running';

function leftover({ name, service }: DesiredContainer, { record, host }: Located): Difference {
  const common = { kind: 'remove-container', name, host, reason: 'left by an earlier run' } as const;
  return { ...common, service: service.name, retires: true, step: { ...common, remove: [record.id], drainMs: 0 } };
}

function reasonFor(sameSpec: boolean, sameFiles: boolean, ranBefore: boolean): string {
  if (!ranBefore) return 'it has not run yet';
  if (!sameSpec) return 'its declaration or image changed';
  return sameFiles ? 'its last run failed' : 'its config files changed';
}
