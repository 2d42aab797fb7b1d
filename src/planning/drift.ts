import type { DriftPolicy } from '../model/drift.ts';
import type { InstalledFile } from '../model/host.ts';
import { type OwnerAndMode, redeclared } from '../model/owner-and-mode.ts';

/**
 * What is to be done about a file that somebody else has changed: `paused` is a repair that waits, because the file was changed
 * again and again. Undefined where nobody has, or something newer is to be installed in any case. `asked`: a person wants it put right.
 */
export function driftVerdict(
  policy: DriftPolicy,
  desired: OwnerAndMode & { readonly hash: string },
  known: InstalledFile | undefined,
  { asked = false }: { readonly asked?: boolean } = {},
): DriftPolicy | 'paused' | undefined {
  if (known?.drift?.from !== desired.hash || redeclared(known.declared, desired)) return undefined;
  if (policy === 'ignore') return 'ignore';
  if (asked) return 'repair';
  if (policy === 'report') return 'report';
  return known.drift.due ? 'repair' : 'paused';
}
