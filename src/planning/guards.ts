import type { Guard } from '../model/application.ts';
import type { ContainerRecord, InstalledFile } from '../model/host.ts';
import type { ReadList, RenderedFile } from '../rendering/service-files.ts';

/** How long the lists were that some bytes were rendered from: by the bytes' hash, then by the list's name. */
export type ListLengths = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Why a file at a target is not to take the place of what is installed there (undefined: nothing is); undefined: it may. */
export type HeldBack = (target: string, installed: string | undefined) => string | undefined;

export interface GuardedFiles {
  readonly guard: Guard | undefined;
  readonly files: readonly Pick<RenderedFile, 'target' | 'hash' | 'lists'>[];
  /** The containers of the service. */
  readonly records: readonly ContainerRecord[];
  readonly lengths: ListLengths;
}

/**
 * What the guard of a service says of its files. A list is compared with the one that the installed bytes were rendered from, in a
 * container that is yet to be made with what the others of the service have.
 */
export function heldBackBy({ guard, files, records, lengths }: GuardedFiles): HeldBack {
  if (guard === undefined) return () => undefined;
  return (target, installed) => {
    const file = files.find((one) => one.target === target);
    if (file === undefined || file.hash === installed) return undefined;
    const others = records.flatMap(({ configs }) => configs[target] ?? []);
    const hashes = [...(installed === undefined ? [] : [installed]), ...others.flatMap(hashesOf)];
    const known = hashes.find((hash) => lengths[hash] !== undefined);
    return guardVerdict(guard, file.lists, (known && lengths[known]) || {});
  };
}

/** What is there, and what was put there where somebody else has changed it. */
const hashesOf = ({ installed, drift }: InstalledFile): readonly string[] => [installed, ...(drift ? [drift.from] : [])];

/** Which guard refuses lists as they are now, and why; undefined: none does. `before`: lengths of the installed ones, by name. */
export function guardVerdict(
  { minimumMembers = 0, maximumShrink = 1 }: Guard,
  lists: readonly ReadList[],
  before: Readonly<Record<string, number>>,
): string | undefined {
  const short = lists.find(({ length }) => length < minimumMembers);
  if (short) return `guard minimum_members: ${minimumMembers}: ${short.name} has ${counted(short.length)}`;
  for (const { name, length, most } of lists) {
    // Those that Git no longer asks for are not missed.
    const expected = Math.min(before[name] ?? 0, most);
    if (expected - length > expected * maximumShrink)
      return `guard maximum_shrink: ${Math.round(maximumShrink * 100)}%: ${name} would go from ${expected} to ${counted(length)}`;
  }
  return undefined;
}

const counted = (count: number): string => (count === 0 ? 'no container' : `${count} container${count === 1 ? '' : 's'}`);

/** The lengths to remember: of what is installed as far as they are known, and of what has been rendered now. */
export function lengthsToRemember({ guard, files, records, lengths }: GuardedFiles): ListLengths {
  if (guard?.maximumShrink === undefined) return {};
  const installed = records.flatMap(({ configs }) => Object.values(configs).flatMap(hashesOf));
  return Object.fromEntries([
    ...installed.flatMap((hash) => (lengths[hash] ? [[hash, lengths[hash]] as const] : [])),
    ...files
      .filter(({ lists }) => lists.length > 0)
      .map(({ hash, lists }) => [hash, Object.fromEntries(lists.map(({ name, length }) => [name, length]))] as const),
  ]);
}
