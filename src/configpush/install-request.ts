import type { FileToInstall } from '../model/step.ts';
import type { Check } from './checks.ts';

export interface FileToSend extends FileToInstall {
  readonly bytes: Uint8Array;
  /** Something else is known to be there: nothing need be compared. */
  readonly differs: boolean;
}

/** What one run of the script is to do; entries are numbered from 1, files first, then removals. */
export interface InstallRequest {
  /** What people call the container. */
  readonly name: string;
  readonly container: string;
  readonly files: readonly FileToSend[];
  readonly remove: readonly string[];
  readonly checks: readonly Check[];
  /** As the script takes it (install-script.ts); empty where it is not to act. */
  readonly action: readonly string[];
  readonly limits: Limits;
}

/** How long the script waits, milliseconds: for each tool, for the word `go`, and for `keep` or `undo`. */
export interface Limits {
  readonly toolMs: number;
  readonly holdMs: number;
  readonly verdictMs: number;
}

/** Targets in the order of the entries. */
export const targetsOf = ({ files, remove }: InstallRequest): string[] => [...files.map(({ target }) => target), ...remove];

/** The script's positional parameters (install-script.ts). */
export function scriptArguments({ container, files, remove, checks, action, limits }: InstallRequest): string[] {
  const seconds = (ms: number) => String(Math.ceil(ms / 1000));
  const before = limits.toolMs * (checks.length + 1) + limits.holdMs;
  const entries = [
    ...files.flatMap(({ target, uid, gid, mode, bytes, differs }) => [
      target,
      `${uid}:${gid}`,
      mode.toString(8),
      String(bytes.byteLength),
      differs ? 'other' : '-',
    ]),
    ...remove.flatMap((target) => [target, '-', '-', '-', '-']),
  ];
  const words = checks.map((check) =>
    check.map((word) => word.map((part) => (typeof part === 'number' ? `{{staged:${part}}}` : part)).join('')),
  );
  return [
    container.slice(0, 12),
    seconds(before),
    seconds(limits.toolMs + limits.verdictMs),
    String(files.length + remove.length),
    ...entries,
    String(checks.length),
    ...words.flatMap((argv) => [String(argv.length), ...argv]),
    ...action,
  ];
}
