import { createTwoFilesPatch } from 'diff';
import type { FileDifference } from '../model/documents.ts';

/** One file of one container: what is installed (undefined: nothing) and what would be. */
export interface InstalledAndDesired {
  readonly container: string;
  readonly target: string;
  readonly installed: string | undefined;
  readonly desired: string | undefined;
}

/** Unified diffs, the same change in several containers folded into one; what does not differ is left out. */
export function foldDifferences(files: readonly InstalledAndDesired[]): readonly FileDifference[] {
  const folded = new Map<string, { containers: string[]; target: string; diff: string }>();
  for (const { container, target, installed, desired } of files) {
    if (installed === desired) continue;
    const diff = createTwoFilesPatch(
      installed === undefined ? '/dev/null' : `installed${target}`,
      desired === undefined ? '/dev/null' : `desired${target}`,
      installed ?? '',
      desired ?? '',
      undefined,
      undefined,
      { context: 3 },
    ).replace(/^=+\n/, '');
    const key = `${target}\n${diff}`;
    const same = folded.get(key);
    if (same) same.containers.push(container);
    else folded.set(key, { containers: [container], target, diff });
  }
  return [...folded.values()];
}
