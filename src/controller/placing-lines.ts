import type { InstalledFile } from '../model/host.ts';
import type { OwnerAndMode } from '../model/owner-and-mode.ts';

/** How the mode and owner of an installed file differ from what they should be, a line for each; none where nobody knows what they are. */
export function placingLines(
  known: Pick<InstalledFile, 'installed' | 'declared'> | undefined,
  { mode, uid, gid }: OwnerAndMode,
): readonly string[] {
  const declared = known?.declared;
  // As a look at the file says it where somebody else has changed that alone.
  const [, changedMode] = /^mode ([0-7]+)$/.exec(known?.installed ?? '') ?? [];
  const [, changedOwner] = /^owner (\d+:\d+)$/.exec(known?.installed ?? '') ?? [];
  const modeNow = changedMode ?? (declared && octal(declared.mode));
  const ownerNow = changedOwner ?? (declared && `${declared.uid}:${declared.gid}`);
  return [...change('mode', modeNow, octal(mode)), ...change('owner', ownerNow, `${uid}:${gid}`)];
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

const change = (what: string, from: string | undefined, to: string): readonly string[] =>
  from === undefined || from === to ? [] : [`${what} ${from} → ${to}`];
