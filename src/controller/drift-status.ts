import type { HostRecord } from '../model/host.ts';
import { type DesiredFiles, recordOf } from '../planning/desired-files.ts';
import { driftVerdict } from '../planning/drift.ts';

/** A file that somebody else has changed and that is left as it is for now. */
export interface LeftAsItIs {
  readonly container: string;
  readonly target: string;
  readonly verdict: 'report' | 'ignore' | 'paused';
  /** How often it was changed. */
  readonly times: number;
}

/** The files of an application that differ from what is desired, and are not put right now. */
export function leftAsTheyAre(desired: readonly DesiredFiles[], hosts: readonly HostRecord[]): readonly LeftAsItIs[] {
  return desired.flatMap((one) => {
    const { name, drift, files } = one;
    const known = recordOf(one, hosts)?.configs ?? {};
    return files.flatMap((file) => {
      const { target } = file;
      const verdict = driftVerdict(drift, file, known[target]);
      if (verdict === undefined || verdict === 'repair') return [];
      return [{ container: name, target, verdict, times: known[target]?.drift?.times ?? 1 }];
    });
  });
}

/** What status says of them; empty where nobody wants to know. */
export function driftMessage(files: readonly LeftAsItIs[]): string {
  const told = files.filter(({ verdict }) => verdict !== 'ignore');
  const [first] = told;
  if (!first) return '';
  const others = told.length > 1 ? ` (and ${told.length - 1} more)` : '';
  const changed = `${first.target} in ${first.container} was changed by somebody else`;
  return first.verdict === 'report'
    ? `${changed}${others}; windlass deploy puts it right`
    : `${changed} ${first.times} times${others}; it is put right with growing pauses`;
}
