import type { Application, Service } from '../model/application.ts';
import type { ContainerRecord, HostRecord } from '../model/host.ts';
import type { ListLengths } from './guards.ts';
import type { Loaded } from './load.ts';

/** What an environment's containers have to go by: what is declared, and what a person has said about the rest. */
export interface LeavingInput {
  readonly loaded: Pick<Loaded, 'environment' | 'names' | 'applications'>;
  readonly app: string;
  readonly hosts: readonly HostRecord[];
  readonly terms: LeavingTerms;
}

/** What is known of an application beside the repository, which says nothing any more of what has left it, or of what was before. */
export interface LeavingTerms {
  /** A person has agreed to every removal of this very revision. */
  readonly released: boolean;
  /** This controller has deployed the application: not so after the loss of its state, or where another one made the containers. */
  readonly known: boolean;
  /** The drain of each service as it was last declared, in milliseconds. */
  readonly drains: Readonly<Record<string, number>>;
  /** Of the lists that installed files were rendered from. */
  readonly lists: ListLengths;
  /** Its config files hold secrets, or did in any deployment before: what is installed may hold former ones. */
  readonly secrets?: boolean;
}

export const knownTerms: LeavingTerms = { released: false, known: true, drains: {}, lists: {} };

/** Which of an environment's containers no declaration asks for any more, and why those of this application are kept for now. */
export interface Leaving {
  isLeaving(record: ContainerRecord): boolean;
  /** How long a removed one waits after it has left every list. */
  drainMs(record: ContainerRecord): number;
  /** A sentence; undefined: what is leaving may go. */
  readonly held: string | undefined;
  /** Why this application's containers stay for now unless they are in the way: what may replace them is not there yet. */
  readonly heldUnlessInTheWay: string | undefined;
  /** It holds a port of the host that something declared publishes, which could not start beside it. */
  isInTheWay(record: ContainerRecord): boolean;
}

/**
 * Never more than half of an environment's containers leave it without a person: what removes all of an environment is more often
 * a mistake (a folder that a merge has lost, a wrong branch) than a wish. Containers are counted by place, so that a rollout's
 * candidates count once, and together with those that are declared but not there yet, so that a rename is never held.
 * Jobs do not count on either side. Once what is leaving may go, it may while it goes.
 */
export function leavingOf({ loaded, app, hosts, terms }: LeavingInput): Leaving {
  const { environment, names } = loaded;
  const isLeaving = (record: ContainerRecord) => isMade(environment.name, record) && !isDeclared(loaded, record);
  const existing = hosts.flatMap(({ containers }) => containers).filter((record) => isMade(environment.name, record) && !isJob(record));
  const leaving = existing.filter(isLeaving);
  const leavingPlaces = new Set(leaving.map(placeOf));
  const all = new Set([...existing.map(placeOf), ...loaded.applications.flatMap(declaredPlaces)]);
  const tooMany = leavingPlaces.size * 2 > all.size;
  const hold = terms.released
    ? undefined
    : (unknown(names, app, terms) ?? (tooMany ? describe(environment.name, leaving, all.size) : undefined));
  const arriving = names.includes(app) ? undefined : loaded.applications.find((one) => isArriving(one, existing));
  const wantedPorts = new Set(loaded.applications.flatMap(({ services }) => services.flatMap(publishedPorts)));
  return {
    isLeaving,
    drainMs: ({ service }) => terms.drains[service] ?? 0,
    held: hold && `${hold}; if that is meant: windlass deploy ${environment.name} --yes`,
    isInTheWay: ({ ports }) => ports.some(({ published }) => published !== undefined && wantedPorts.has(published)),
    heldUnlessInTheWay: arriving && `${app} stays until ${arriving.name} has a container, which may be what replaces it`,
  };
}

const isMade = (environment: string, record: ContainerRecord): boolean => record.environment === environment && record.spec !== undefined;

export const isJob = ({ labels }: ContainerRecord): boolean => labels['com.docker.compose.oneoff'] === 'True';

/** An application with mistakes declares nothing that can be read: all of it stays. */
function isDeclared({ names, applications }: LeavingInput['loaded'], record: ContainerRecord): boolean {
  const application = applications.find(({ name }) => name === record.app);
  if (!application) return names.includes(record.app);
  const service = application.services.find(({ name }) => name === record.service);
  // One on each host: which those are is the plan's to say.
  return service !== undefined && (service.global === true || record.index <= service.replicas);
}

const placeOf = ({ app, service, index }: ContainerRecord): string => `${app}/${service}/${index}`;

function declaredPlaces({ name, services }: Application): string[] {
  const places = ({ name: service, replicas }: Service) => Array.from({ length: replicas }, (_, i) => `${name}/${service}/${i + 1}`);
  return services.filter(({ job }) => !job).flatMap(places);
}

const publishedPorts = ({ spec }: Service): readonly number[] => spec.ports.flatMap(({ published }) => published ?? []);

/** Declared, and nothing of it is there yet. */
const isArriving = (application: Application, existing: readonly ContainerRecord[]): boolean =>
  declaredPlaces(application).length > 0 && !existing.some(({ app }) => app === application.name);

const unknown = (names: readonly string[], app: string, { known }: LeavingTerms): string | undefined =>
  known || names.includes(app) ? undefined : `${app} is not in the repository, and this controller does not know that it ever was`;

function describe(environment: string, leaving: readonly ContainerRecord[], all: number): string {
  const services = [...new Set(leaving.map(({ app, service }) => `${app}/${service}`))].sort();
  const shown = services.length > 5 ? [...services.slice(0, 5), `${services.length - 5} more`] : services;
  const count = new Set(leaving.map(placeOf)).size;
  return `${count} of ${all} containers of ${environment} would be removed, more than half: the repository no longer has ${shown.join(', ')}`;
}
