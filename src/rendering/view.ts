import type { Application, Service } from '../model/application.ts';
import type { HostDeclaration } from '../model/root.ts';
import { addressOf, endpointsOf, type Reader } from './endpoints.ts';
import { createScope, type Scope } from './formula-scope.ts';
import type { FormulaWatch } from './formula-watch.ts';
import { createReading, IssueError, type Reading } from './reading.ts';
import type { ListedContainer, ListedHost, Surroundings } from './surroundings.ts';
import { variableEntries } from './variables.ts';
import { entriesOf, isViewObject, type ViewEntry, type ViewObject, type ViewValue, viewObject, viewOf } from './view-object.ts';

/** What one container's view is made of. */
export interface ViewInput {
  /** All of the environment; the reader's own is `application`, whatever stands here under its name. */
  readonly applications: readonly Application[];
  readonly application: Application;
  readonly service: Service;
  readonly container: {
    /** The final one. */
    readonly name: string;
    readonly index: number;
    readonly host: string;
    /** The engine's names of the networks that it is attached to. */
    readonly networks: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly hostDeclarations: readonly HostDeclaration[];
  readonly surroundings: Surroundings;
  readonly watch?: FormulaWatch;
}

/** What one container's templates and formulas see. Everything is worked out when it is read, and `reading` keeps what was. */
export interface View {
  readonly root: ViewObject;
  readonly reading: Reading;
}

/** What the parts of one view have in common. */
interface Builder {
  readonly input: ViewInput;
  readonly reading: Reading;
  readonly reader: Reader;
  readonly underway: string[];
  /** The names that are the same whoever reads: `environment`, `commit`, `apps`, `hosts`. */
  readonly shared: () => ViewObject;
}

/** The view of one container. */
export function buildView(input: ViewInput): View {
  const { application, service, container } = input;
  const reading = createReading(application.name);
  const reader = { host: container.host, networks: container.networks, hostNetwork: service.spec.networkMode === 'host' };
  const builder: Builder = { input, reading, reader, underway: [], shared: () => shared };
  const shared = sharedView(builder);
  const declaration = input.hostDeclarations.find(({ name }) => name === container.host);
  const scope = (): Scope => known;
  const root = viewObject([
    ...variableEntries({ ...service.variables, ...declaration?.variables }, { ...builder, ...input, scope, qualify: (name) => name }),
    ...entriesOf(shared),
    ...applicationNames(shared, application, service),
    ['container', containerView(input)],
    ['host', () => ownHostView(input, declaration)],
  ]);
  const known = createScope(root, reading);
  return { root, reading };
}

function sharedView(builder: Builder): ViewObject {
  const { application, applications } = builder.input;
  const all = [...applications.filter(({ name }) => name !== application.name), application];
  return viewObject([
    ['environment', application.environment],
    ['commit', application.commit],
    ['apps', viewObject(all.map((each) => [each.name, () => applicationView(builder, each)]))],
    ['hosts', () => hostsView(builder.input)],
  ]);
}

/** The names that every reader in a service has, be it a container or another service's formula. */
function applicationNames(shared: ViewObject, application: Application, service: Service): readonly ViewEntry[] {
  const app = isViewObject(shared.apps) ? shared.apps[application.name] : undefined;
  return [
    ['app', app],
    ['services', isViewObject(app) ? app.services : undefined],
    [
      'service',
      viewObject([
        ['name', service.name],
        ['replicas', service.replicas],
      ]),
    ],
    ['env', viewOf(service.spec.environment)],
  ];
}

function applicationView(builder: Builder, application: Application): ViewObject {
  const services = viewObject(application.services.map((service) => [service.name, () => serviceView(builder, application, service)]));
  return viewObject([
    ['name', application.name],
    ['services', services],
  ]);
}

function serviceView(builder: Builder, application: Application, service: Service): ViewObject {
  const { input, reader } = builder;
  const ports = service.spec.ports.map((port) =>
    viewObject([
      ['target', port.target],
      ['published', port.published],
      ['protocol', port.protocol],
    ]),
  );
  const containers = () =>
    input.surroundings
      .ask({ kind: 'containers', app: application.name, service: service.name, replicas: service.global ? 'all' : service.replicas })
      .map((member) => memberView(member, service, reader));
  return viewObject([
    ['name', service.name],
    ['replicas', service.replicas],
    ['env', viewOf(service.spec.environment)],
    ['ports', ports],
    ['variables', () => serviceVariables(builder, application, service)],
    ['containers', containers],
  ]);
}

/** A service's variables as others see them: without a container and its host, in which its replicas differ. */
function serviceVariables(builder: Builder, application: Application, service: Service): ViewObject {
  const { input, reading } = builder;
  const shared = builder.shared();
  const own = application.name === input.application.name;
  const prefix = own ? '' : `apps.${application.name}.`;
  const path = `${prefix}services.${service.name}`;
  const qualify = (name: string) => `${path}.variables.${name}`;
  const scope = (): Scope => known;
  const variables = viewObject(variableEntries(service.variables, { ...builder, ...input, scope, qualify }));
  const paths: ReadonlyMap<string, string> = new Map([
    ...Object.keys(shared).map((name) => [name, name] as const),
    ['app', own ? 'app' : `apps.${application.name}`],
    ['services', `${prefix}services`],
    ['service', path],
    ['env', `${path}.env`],
  ]);
  const names = viewObject([...entriesOf(variables), ...entriesOf(shared), ...applicationNames(shared, application, service)]);
  const known = createScope(names, reading, (name) => paths.get(name) ?? qualify(name));
  return variables;
}

function memberView(member: ListedContainer, service: Service, reader: Reader): ViewObject {
  return viewObject([
    ['name', member.name],
    ['index', member.index],
    ['ip', addressOf(member, reader)],
    ['host', member.host.name],
    ['healthy', member.healthy],
    ['endpoints', endpointsOf(member, service, reader)],
  ]);
}

function containerView({ container }: ViewInput): ViewObject {
  return viewObject([
    ['name', container.name],
    ['index', container.index],
    ['labels', viewOf(container.labels)],
  ]);
}

function hostsView({ surroundings, hostDeclarations }: ViewInput): readonly ViewObject[] {
  const declared = (name: string) => hostDeclarations.find((declaration) => declaration.name === name);
  return surroundings.ask({ kind: 'hosts' }).map((host) => hostView(host, declared(host.name)));
}

/** Labels of windlass.yaml go over those that the agent was started with. */
function hostView(host: ListedHost, declaration: HostDeclaration | undefined): ViewObject {
  return viewObject([
    ['name', host.name],
    ['address', host.address],
    ['cpus', host.cpus],
    ['memory', host.memory],
    ['labels', viewOf({ ...host.labels, ...declaration?.labels })],
  ]);
}

function ownHostView(input: ViewInput, declaration: HostDeclaration | undefined): ViewObject {
  const name = input.container.host;
  const host = input.surroundings.ask({ kind: 'host', name });
  if (host !== undefined) return hostView(host, declaration);
  const unknown = (fact: string) => (): ViewValue => {
    throw new IssueError({
      ...input.service.place,
      message: `host.${fact} is not known: the agent of host "${name}" has not reported yet; see windlass hosts`,
    });
  };
  return viewObject([
    ['name', name],
    ...['address', 'cpus', 'memory'].map((fact): ViewEntry => [fact, unknown(fact)]),
    ['labels', viewOf(declaration?.labels ?? {})],
  ]);
}
