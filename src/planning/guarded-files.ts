import type { ContainerRecord } from '../model/host.ts';
import { contentHash } from '../model/names.ts';
import type { FileToInstall } from '../model/step.ts';
import type { DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';

/** A file that a guard holds back in a container. */
export interface GuardedFile {
  readonly container: string;
  readonly source: string;
  readonly target: string;
  readonly reason: string;
  /** Nothing is installed that could stay: its container is not made. */
  readonly absent: boolean;
}

/** What guards hold back in a container, or in one that is yet to be made. */
export function guardedFiles(
  desired: Pick<DesiredContainer, 'name' | 'files' | 'heldBack'>,
  record: ContainerRecord | undefined,
): readonly GuardedFile[] {
  return desired.files.flatMap(({ source, target }) => {
    const installed = record?.configs[target]?.installed;
    const reason = desired.heldBack?.(target, installed);
    return reason === undefined ? [] : [{ container: desired.name, source, target, reason, absent: installed === undefined }];
  });
}

/** All files of a container, each that is held back as it was installed there, as far as that is known. */
export function filesKept(desired: Pick<DesiredContainer, 'files' | 'heldBack'>, record: ContainerRecord): FileToInstall[] {
  return desired.files.flatMap(({ origin, ...file }) => {
    const known = record.configs[file.target];
    if (desired.heldBack?.(file.target, known?.installed) === undefined) return [{ ...file, ...(origin && { origin }) }];
    const hash = known?.drift?.from ?? known?.installed;
    return contentHash.safeParse(hash).success && hash !== undefined ? [{ ...file, ...known?.declared, hash }] : [];
  });
}

/**
 * A container is only made or started with all of its files. One that is there starts with those that stay as they are; one that is
 * yet to be made waits until its guards let go.
 */
export function unlessGuarded(
  desired: DesiredContainer,
  difference: Difference,
  record: ContainerRecord | undefined,
): { readonly differences: readonly Difference[]; readonly guarded: readonly GuardedFile[] } {
  const { step, ...waiting } = difference;
  const starts = difference.order === 'start' && record !== undefined;
  const guarded = guardedFiles(desired, starts ? record : undefined);
  if (guarded.length === 0 || step?.kind !== 'recreate-container') return { differences: [difference], guarded };
  if (!starts || guarded.some(({ absent }) => absent)) return { differences: [waiting], guarded };
  const container = { ...step.container, files: filesKept(desired, record) };
  return { differences: [{ ...difference, step: { ...step, container } }], guarded };
}

/** One sentence for each file and reason. */
export function describeGuarded(files: readonly GuardedFile[]): readonly string[] {
  const groups = new Map<string, GuardedFile[]>();
  for (const file of files) {
    const key = JSON.stringify([file.source, file.reason, file.absent]);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const where = `${first.container}${others.length > 0 ? ` and ${others.length} more` : ''}`;
    const what = first.absent ? `${where} is not made without ${first.source}` : `${first.source} of ${where} stays as it is`;
    return `${what}: ${first.reason}`;
  });
}
