import type { ContainerInspect } from '../docker/engine.ts';
import type { LedgerFile } from '../model/ledger.ts';
import type { Run } from './dependencies.ts';

type Mount = ContainerInspect['Mounts'][number];

/**
 * Hands on what is known of files that a container leaves on a volume: those which its successor does not have by its own declaration
 * are still there, and the next plan removes what nobody declares. To be called before the old one is forgotten.
 */
export async function carryOver(
  { engine, ledger }: Pick<Run, 'engine' | 'ledger'>,
  old: ContainerInspect,
  successor: string,
): Promise<void> {
  const known = ledger.configs(old.Id);
  if (Object.keys(known).length === 0) return;
  const found = await engine.inspectContainer(successor);
  if (!found) return;
  const left = leftOnVolumes(known, { old: old.Mounts, now: found.Mounts });
  const own = ledger.configs(found.Id);
  const missing = Object.entries(left).filter(([target]) => own[target] === undefined);
  if (missing.length > 0) await ledger.record(found.Id, Object.fromEntries(missing));
}

/** Files at targets that are on the same volume or folder of the host, at the same place, in both containers. */
export function leftOnVolumes(
  known: Readonly<Record<string, LedgerFile>>,
  mounts: { readonly old: readonly Mount[]; readonly now: readonly Mount[] },
): Readonly<Record<string, LedgerFile>> {
  const isLeft = (target: string) => {
    const [before, now] = [covering(mounts.old, target), covering(mounts.now, target)];
    return before !== undefined && now?.RW === true && before.Type !== 'tmpfs' && originOf(before) === originOf(now);
  };
  // A start of the successor has read what it found there.
  return Object.fromEntries(
    Object.entries(known)
      .filter(([target]) => isLeft(target))
      .map(([target, { installed }]) => [target, { installed, loaded: installed }]),
  );
}

const originOf = ({ Type, Name, Source, Destination }: Mount): string => JSON.stringify([Type, Name ?? Source, Destination]);

/** The mount that a path is on: the deepest one above it. */
function covering(mounts: readonly Mount[], path: string): Mount | undefined {
  const above = mounts.filter(({ Destination }) => path.startsWith(Destination.endsWith('/') ? Destination : `${Destination}/`));
  return above.sort((a, b) => b.Destination.length - a.Destination.length)[0];
}
