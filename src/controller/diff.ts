import { createTwoFilesPatch } from 'diff';
import type { FileDifference } from '../model/documents.ts';

/** One file of one container: what is installed (undefined: nothing) and what would be. */
export interface InstalledAndDesired {
  readonly container: string;
  readonly target: string;
  readonly installed: string | undefined;
  readonly desired: string | undefined;
  /** How its owner and mode differ, a line for each: `mode 0644 → 0600`. */
  readonly placing?: readonly string[];
  /** Why what is installed cannot be said; undefined: it can. */
  readonly unread?: string;
  /** What stands before it; undefined: nothing. */
  readonly withheld?: string;
}

/** Unified diffs, the same change in several containers folded into one; what does not differ is left out. */
export function foldDifferences(files: readonly InstalledAndDesired[]): readonly FileDifference[] {
  const folded = new Map<string, FileDifference & { containers: string[] }>();
  for (const file of files) {
    const { container, target, unread, withheld, placing = [] } = file;
    const text = unread === undefined ? unified(file) : `what is installed cannot be read: ${unread}\n`;
    const diff = [...placing.map((line) => `${line}\n`), text].join('');
    if (diff === '') continue;
    const key = `${target}\n${withheld ?? ''}\n${diff}`;
    const same = folded.get(key);
    if (same) same.containers.push(container);
    else folded.set(key, { containers: [container], target, diff, ...(withheld === undefined ? {} : { withheld }) });
  }
  return [...folded.values()];
}

/** Empty where the texts are the same. */
function unified({ target, installed, desired }: InstalledAndDesired): string {
  if (installed === desired) return '';
  const from = installed === undefined ? '/dev/null' : `installed${target}`;
  const to = desired === undefined ? '/dev/null' : `desired${target}`;
  return createTwoFilesPatch(from, to, installed ?? '', desired ?? '', undefined, undefined, { context: 3 }).replace(/^=+\n/, '');
}
