import type { Application, Issue, Secrets } from '../model/application.ts';
import type { PulledImages } from '../model/deployment.ts';
import type { HostRecord } from '../model/host.ts';
import { type BuildableImage, imageReference, pinnedReference } from '../model/image.ts';
import type { Scope } from '../model/scope.ts';
import type { FormulaWatch } from '../rendering/formula-watch.ts';
import type { KeptRenderings } from '../rendering/service-files.ts';
import { createSurroundings } from '../rendering/surroundings.ts';
import { sortIssues } from '../repository/issues.ts';
import { adoptionIssues, withAdoptable } from './adoption.ts';
import { anonymousVolumeIssues } from './anonymous-volumes.ts';
import { containersOf } from './containers-of.ts';
import { type DesiredContainer, desiredContainer } from './desired.ts';
import { contentsOf, type DesiredFiles, filesOfReplica, filesOfStranger, toInstall } from './desired-files.ts';
import type { ListLengths } from './guards.ts';
import { type ImageRefresh, imageRefreshes } from './image-refreshes.ts';
import { builderOf, builtImage, imageDifferences, neededImages } from './images.ts';
import { type LeavingTerms, leavingOf } from './leaving.ts';
import type { Loaded } from './load.ts';
import { outdatedDeclarations } from './outdated.ts';
import { leastPatienceMs } from './patience.ts';
import { hostsOf } from './place.ts';
import { type Plan, plan } from './plan.ts';
import { pulledBy, withPulled } from './pulled-images.ts';
import { type RenderedStranger, renderStrangers } from './render-strangers.ts';
import { type Replica, type ReplicasInput, renderReplicas } from './replicas.ts';
import type { Stranger } from './strangers.ts';

export interface DecideInput {
  readonly loaded: Loaded;
  readonly app: string;
  readonly hosts: readonly HostRecord[];
  /** The controller's own host: builds where no host is labelled as the builder. */
  readonly ownHost: string;
  readonly secrets: Secrets;
  readonly terms: LeavingTerms;
  /** The images to go back to; undefined: what tags name now. */
  readonly pulled?: PulledImages | undefined;
  /** Names of containers that are let be: what was due for them has failed in this run. */
  readonly passOver?: readonly string[];
  readonly scope?: Scope;
  /** What was rendered of the same revision before. */
  readonly kept?: KeptRenderings;
  /** A person has asked for the deployment. */
  readonly asked?: boolean;
  readonly watch?: FormulaWatch;
}

/** All that follows from a revision and what is there: the plan, the files it installs, what status shows. */
export interface Decision {
  readonly plan: Plan;
  /** Nothing may be done while there are any. */
  readonly issues: readonly Issue[];
  /** Services that no host may take: not a mistake, but nothing is done until such a host is there. */
  readonly homeless: readonly Issue[];
  /** Config files' bytes by hash. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Texts that must be masked wherever bytes or tools' outputs are shown. */
  readonly secrets: readonly string[];
  /** Its config files hold secrets, or did in a deployment before: what is installed may hold former ones, which nobody knows. */
  readonly holdsSecrets: boolean;
  readonly containers: readonly DesiredFiles[];
  /** `container target` of every file that was rendered for this: all others read nothing that is different from the decision before. */
  readonly rendered: readonly string[];
  /** What must be known of it once it is deployed so: each service's drain in milliseconds, and the images it is made from. */
  readonly remember: {
    readonly drains: Readonly<Record<string, number>>;
    /** Pinned references. */
    readonly images: readonly string[];
    readonly pulled: PulledImages;
  };
  /** Sentences: what of its networks and volumes is not as it is declared by now, for the engine changes none in place. */
  readonly outdated: readonly string[];
  /** What to pull before this is gone by. */
  readonly refreshes: readonly ImageRefresh[];
  /** What must be known of its lists before anything is installed. */
  readonly lists: ListLengths;
}

const emptyPlan: Plan = {
  differences: [],
  withheld: [],
  canaries: [],
  wave: [],
  waiting: [],
  paused: [],
  patienceMs: leastPatienceMs,
  lost: [],
  guarded: [],
  strangers: [],
  paces: [],
};

/** Nothing to do, and nothing known. */
export const undecided: Decision = {
  plan: emptyPlan,
  issues: [],
  homeless: [],
  contents: new Map(),
  secrets: [],
  holdsSecrets: false,
  containers: [],
  rendered: [],
  outdated: [],
  remember: { drains: {}, images: [], pulled: {} },
  refreshes: [],
  lists: {},
};

export function decide(input: DecideInput): Decision {
  const { loaded, app, asked = false } = input;
  const declared = [...loaded.issues, ...(loaded.applicationIssues[app] ?? [])];
  const found = loaded.applications.find(({ name }) => name === app) ?? former(loaded, app);
  if (!found || declared.length > 0) return { ...undecided, issues: declared };
  const application = withPulled(found, input.pulled);

  const hosts = withAdoptable(loaded.applications, hostsOf(loaded.environment, loaded.root, input.hosts));
  // What is left on a host that is no longer the environment's is moved from it; one that is lost holds nothing up.
  const left = input.hosts.filter(({ name, state }) => state === 'ready' && !hosts.some((host) => host.name === name));
  const images = neededImages(
    loaded.images,
    application.services.map(({ image }) => image),
  );
  const builder = builderOf(loaded.root, input.hosts, input.ownHost);
  const known = input.hosts.map((host) => hosts.find(({ name }) => name === host.name) ?? host);
  const leaving = leavingOf({ ...input, hosts: known });
  const surroundings = createSurroundings({ environment: application.environment, hosts, secrets: input.secrets });
  const { replicas, strangers, homeless, ...rendered } = renderAll({ ...input, application, hosts, surroundings });
  const desired = desiredByService(application, replicas, (replica) => ({ ...toDesired(application, replica, images, builder), asked }));
  const adopting = [...desired.values()].flat().flatMap((one) => {
    return anonymousVolumeIssues(one, containersOf(application, one.service.name, hosts), hosts);
  });
  const issues = [...rendered.issues, ...adoptionIssues(application, loaded.applications, input.hosts), ...adopting];
  return {
    plan:
      issues.length + homeless.length > 0
        ? emptyPlan
        : plan({
            application,
            hosts: [...hosts, ...left],
            desired,
            strangers: strangersByService(strangers, asked),
            builds: imageDifferences(images, builder),
            leaving,
            passOver: input.passOver ?? [],
            skipLost: loaded.environment.onLostHost === 'skip',
            scope: input.scope ?? {},
          }),
    // Replicas are alike in most mistakes.
    issues: sortIssues(issues),
    homeless,
    contents: new Map([...[...replicas, ...strangers].flatMap(contentsOf), ...scriptsOf(application)]),
    secrets: rendered.secrets,
    holdsSecrets: input.terms.secrets === true || rendered.secrets.length > 0,
    remember: {
      drains: Object.fromEntries(application.services.map(({ name, drainMs }) => [name, drainMs])),
      images: images.map(pinnedReference),
      pulled: pulledBy(application, hosts),
    },
    rendered: rendered.anew,
    outdated: outdatedDeclarations(application, hosts),
    refreshes: imageRefreshes(application, hosts),
    lists: rendered.lists,
    containers: [...replicas.map((replica) => filesOfReplica(replica, hosts)), ...strangers.map(filesOfStranger)],
  };
}

/** Every service's files, for its replicas and its strangers. */
function renderAll(input: Omit<ReplicasInput, 'service'>) {
  const services = input.application.services.map((service) => ({
    ...renderReplicas({ ...input, service }),
    others: renderStrangers({ ...input, service }),
  }));
  const replicas = services.flatMap((one) => one.replicas);
  const strangers = services.flatMap(({ others }) => others.strangers);
  const named = [...replicas, ...strangers.map((stranger) => ({ ...stranger, name: stranger.record.name }))];
  return {
    replicas,
    strangers,
    homeless: services.flatMap((one) => one.homeless),
    issues: services.flatMap((one) => one.issues),
    secrets: [...new Set(named.flatMap(({ secrets }) => secrets))],
    anew: named.flatMap(({ name, anew }) => anew.map((target) => `${name} ${target}`)),
    lists: Object.assign({}, ...services.flatMap(({ lists, others }) => [lists, others.lists])) as ListLengths,
  };
}

/** Those whose files can be rendered, as planning compares them. */
function strangersByService(strangers: readonly RenderedStranger[], asked: boolean): ReadonlyMap<string, readonly Stranger[]> {
  const known = new Map<string, Stranger[]>();
  for (const { service, record, host, files, heldBack, issues } of strangers) {
    if (issues.length > 0) continue;
    const stranger = { service, record, name: record.name, host, files: files.map(toInstall), heldBack, asked };
    known.set(service.name, [...(known.get(service.name) ?? []), stranger]);
  }
  return known;
}

function desiredByService(
  { services }: Application,
  replicas: readonly Replica[],
  toBe: (replica: Replica) => DesiredContainer,
): ReadonlyMap<string, readonly DesiredContainer[]> {
  return new Map(services.map((service) => [service.name, replicas.filter((replica) => replica.service === service).map(toBe)]));
}

const scriptsOf = ({ services }: Application): (readonly [string, Uint8Array])[] =>
  services
    .flatMap(({ reactions }) => reactions.map(({ action }) => action))
    .flatMap((action) => (action.kind === 'script' ? [[action.hash, action.bytes] as const] : []));

/** One that has left the repository declares nothing: whatever is still there of it goes. */
const former = ({ names, environment, commit }: Loaded, app: string): Application | undefined =>
  names.includes(app)
    ? undefined
    : {
        environment: environment.name,
        name: app,
        commit,
        project: `${environment.name}-${app}`,
        adopts: undefined,
        services: [],
        networks: [],
        volumes: [],
      };

function toDesired(
  application: Application,
  replica: Replica,
  images: readonly BuildableImage[],
  builder: HostRecord | undefined,
): DesiredContainer {
  const { service, index, host, configuration, heldBack } = replica;
  const reference = service.image.kind === 'built' ? imageReference(service.image) : undefined;
  const image = images.find((one) => imageReference(one) === reference);
  const files = replica.files.map(toInstall);
  const built = image && builtImage(image, builder);
  return { ...desiredContainer({ application, service, index, host, files, configuration, image, built }), heldBack };
}
