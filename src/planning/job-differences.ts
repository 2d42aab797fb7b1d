import type { DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';
import type { Located } from './place.ts';

export interface JobVerdict {
  readonly differences: readonly Difference[];
  readonly done: boolean;
}

/** A job runs once for its spec and files: done at exit 0, run again when either changes. One that runs is awaited by the same step. */
export function jobVerdict(desired: DesiredContainer, existing: readonly Located[]): JobVerdict {
  const current = existing.find(({ record, host }) => host === desired.host && record.spec === desired.hash.spec)?.record;
  const sameFiles = desired.files.every(({ target, hash }) => current?.configs[target]?.installed === hash);
  if (current?.state === 'exited' && current.exitCode === 0 && sameFiles) return { differences: [], done: true };
  const underWay = current?.state === 'running' && sameFiles;
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
    previous: existing
      .filter(({ host, record }) => host === desired.host && !(underWay && record === current))
      .map(({ record }) => record.id),
  };
  return { differences: [{ ...common, service: desired.service.name, ...(step ? { step } : {}) }], done: false };
}

function reasonFor(sameSpec: boolean, sameFiles: boolean, ranBefore: boolean): string {
  if (!ranBefore) return 'it has not run yet';
  if (!sameSpec) return 'its declaration or image changed';
  return sameFiles ? 'its last run failed' : 'its config files changed';
}
