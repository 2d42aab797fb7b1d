import { didYouMean } from '../model/nearest.ts';
import { type Cursor, fail, parsed } from './reader.ts';
import { child, list, type NamedCursor } from './reader-collections.ts';

/** The name of a profile, as Compose has it. */
export const profileName = parsed(
  (text) => (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(text) ? text : undefined),
  'the name of a profile: letters, digits, "_", "." and "-"',
);

/** What an environment's file says of profiles. */
export interface ChosenProfiles {
  /** For every application of the environment. */
  readonly profiles: readonly string[];
  /** For this one, with their places. */
  readonly ownProfiles: readonly { readonly at: Cursor; readonly name: string }[];
}

export interface Profiles {
  /** The services that are left out, each with the profiles of which it needs one. */
  readonly off: ReadonlyMap<string, readonly string[]>;
  /** Every profile that a service has. */
  readonly known: readonly string[];
}

/** Which services an environment has: those without profiles, and those of a profile that its file names. */
export function readProfiles(services: readonly NamedCursor[], { profiles, ownProfiles }: ChosenProfiles): Profiles {
  const declared = new Map(
    services.flatMap((service) => {
      const at = child(service, 'profiles');
      const names = at && list(profileName)(at);
      return names === undefined || names.length === 0 ? [] : [[service.key, names] as const];
    }),
  );
  const known = [...declared.values()].flat();
  const chosen = [...profiles, ...ownProfiles.map(({ name }) => name)];
  for (const { at, name } of ownProfiles) {
    if (!known.includes(name)) fail(at, `names ${name}, which is no profile of a service here${didYouMean(name, known)}`);
  }
  return { off: new Map([...declared].filter(([, names]) => !names.some((name) => chosen.includes(name)))), known };
}
