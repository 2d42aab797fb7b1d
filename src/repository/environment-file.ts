import type { Guard, Place, Policy } from '../model/application.ts';
import type { DriftPolicy } from '../model/drift.ts';
import { didYouMean } from '../model/nearest.ts';
import { readCanary, type SaidOfCanary } from './canary.ts';
import { readGuard } from './guard.ts';
import { createIssues, type Issues } from './issues.ts';
import { type ChosenProfiles, profileName } from './profiles.ts';
import { type Cursor, cursor, fail, isNull, quote, type Reader, string } from './reader.ts';
import { child, entries, fields, list, type NamedCursor } from './reader-collections.ts';
import type { TreeReader } from './repository-path.ts';
import { replicaCount } from './service-deploy.ts';
import { readVariables, type Variables } from './variables.ts';
import { readDrift, readPolicy } from './windlass-extension.ts';
import { applicationKeys, environmentFileKeys, serviceKeys } from './windlass-keys.ts';
import { parseYaml } from './yaml-document.ts';

/** What environments/NAME.yaml says of one application. */
export interface Overrides extends ChosenProfiles {
  /** For every application of the environment. */
  readonly all: Variables;
  readonly policy: Policy | undefined;
  readonly drift: DriftPolicy | undefined;
  /** The Compose project whose containers the application takes over, and where that is said. */
  readonly adopt: { readonly project: string; readonly place: Place } | undefined;
  readonly variables: Variables;
  readonly services: ReadonlyMap<string, ServiceOverrides>;
}

export interface ServiceOverrides {
  /** Where it stands, for messages. */
  readonly at: NamedCursor;
  readonly policy: Policy | undefined;
  readonly drift: DriftPolicy | undefined;
  readonly replicas: number | undefined;
  readonly guard: Guard | undefined;
  readonly canary: SaidOfCanary | undefined;
  readonly variables: Variables;
}

const nothing: Overrides = {
  all: {},
  policy: undefined,
  drift: undefined,
  adopt: undefined,
  variables: {},
  profiles: [],
  ownProfiles: [],
  services: new Map(),
};

/** `environments/NAME.yaml` as far as it concerns `app`; nothing where there is no such file. `apps` are those of the tree. */
export function readOverrides(tree: TreeReader, environment: string, app: string, apps: readonly string[], issues: Issues): Overrides {
  const file = `environments/${environment}.yaml`;
  const bytes = tree.read(file);
  const value = bytes && parseYaml(file, bytes, issues);
  if (value === undefined) return nothing;
  const found = fields(cursor(value, { issues }), { known: Object.keys(environmentFileKeys) });
  const all = readVariables(found?.get('variables'));
  const profiles = found?.read('profiles', list(profileName)) ?? [];
  const applications = entries(found?.get('apps'));
  for (const entry of applications) {
    if (!apps.includes(entry.key))
      fail(entry, `is no application: there is no apps/${entry.key}${didYouMean(entry.key, apps)}`, entry.keyPlace);
  }
  const own = applications.find((entry) => entry.key === app);
  return own === undefined || isNull(own) ? { ...nothing, all, profiles } : { all, profiles, ...readApplicationOverrides(own) };
}

/** The profiles that `environments/NAME.yaml` turns on for all applications, with their places. */
export function environmentProfiles(tree: TreeReader, environment: string): ChosenProfiles['ownProfiles'] {
  const file = `environments/${environment}.yaml`;
  const bytes = tree.read(file);
  const issues = createIssues();
  const value = bytes && parseYaml(file, bytes, issues);
  const at = value && child(cursor(value, { issues }), 'profiles');
  return (at && list(readOwnProfile)(at)) ?? [];
}

function readApplicationOverrides(at: Cursor): Omit<Overrides, 'all' | 'profiles'> {
  const hints = new Map([['canary', 'stands in a service, under services:']]);
  const found = fields(at, { known: Object.keys(applicationKeys), hints });
  const services = entries(found?.get('services')).filter((entry) => !isNull(entry));
  return {
    policy: found?.read('policy', readPolicy),
    drift: found?.read('drift', readDrift),
    adopt: found?.read('adopt', readProject),
    variables: readVariables(found?.get('variables')),
    ownProfiles: found?.read('profiles', list(readOwnProfile)) ?? [],
    services: new Map(services.map((entry) => [entry.key, readServiceOverrides(entry)])),
  };
}

/** As Compose takes it: https://github.com/compose-spec/compose-spec/blob/main/04-version-and-name.md */
const readProject: Reader<NonNullable<Overrides['adopt']>> = (at) => {
  const name = string(at);
  if (name === undefined) return undefined;
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name)) return { project: name, place: at.value.place };
  return fail(at, `must be a Compose project's name (see docker compose ls), not ${quote(name)}`);
};

const readOwnProfile: Reader<{ readonly at: Cursor; readonly name: string }> = (at) => {
  const name = profileName(at);
  return name === undefined ? undefined : { at, name };
};

function readServiceOverrides(at: NamedCursor): ServiceOverrides {
  const found = fields(at, { known: Object.keys(serviceKeys) });
  return {
    at,
    policy: found?.read('policy', readPolicy),
    drift: found?.read('drift', readDrift),
    replicas: found?.read('replicas', replicaCount),
    guard: found?.read('guard', readGuard),
    canary: found?.read('canary', readCanary),
    variables: readVariables(found?.get('variables')),
  };
}

/** Complains about services that the environment's file names and the application does not have. */
export function checkOverriddenServices(overrides: Overrides, services: readonly string[]): void {
  for (const [name, { at }] of overrides.services) {
    if (!services.includes(name)) fail(at, `is no service of this application${didYouMean(name, services)}`, at.keyPlace);
  }
}
