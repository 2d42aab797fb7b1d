import { z } from 'zod';

/** Owner and permissions of a config file as they are declared. */
export const ownerAndMode = z.object({ mode: z.number().int(), uid: z.number().int(), gid: z.number().int() });
export type OwnerAndMode = Readonly<z.infer<typeof ownerAndMode>>;

/** Which of them are declared otherwise than the file was put there with; undefined: neither, or nobody noted what it was. */
export function redeclared(before: OwnerAndMode | undefined, now: OwnerAndMode): 'owner' | 'mode' | 'owner and mode' | undefined {
  if (!before) return undefined;
  const owner = before.uid !== now.uid || before.gid !== now.gid;
  const mode = before.mode !== now.mode;
  if (owner && mode) return 'owner and mode';
  if (owner) return 'owner';
  return mode ? 'mode' : undefined;
}

/** Whether this file, by its hash, is what was put in its place, with the owner and mode that it is declared with. */
export const isInPlace = (
  known: { readonly installed: string; readonly declared?: OwnerAndMode | undefined } | undefined,
  wanted: OwnerAndMode & { readonly hash: string },
): boolean => known?.installed === wanted.hash && redeclared(known.declared, wanted) === undefined;
