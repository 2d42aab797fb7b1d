import { noFault } from '../../src/fault.ts';
import { silentLog } from '../../src/log.ts';
import type { Service } from '../../src/model/application.ts';
import type { Controls } from '../../src/model/control.ts';
import type { ApplicationState, DeploymentRecord, StepRecord, Trigger } from '../../src/model/deployment.ts';
import { type ContainerRecord, type HostRecord, isStranger } from '../../src/model/host.ts';
import type { BuildableImage } from '../../src/model/image.ts';
import type { Environment, Root } from '../../src/model/root.ts';
import type { Reach, Scope } from '../../src/model/scope.ts';
import type { FileToInstall, Step, StepResult } from '../../src/model/step.ts';
import type { Word } from '../../src/model/step-progress.ts';
import { type Decision, undecided } from '../../src/planning/decide.ts';
import { imageRefreshes } from '../../src/planning/image-refreshes.ts';
import { builderOf, imageDifferences } from '../../src/planning/images.ts';
import { knownTerms, type LeavingTerms, leavingOf } from '../../src/planning/leaving.ts';
import { plan } from '../../src/planning/plan.ts';
import { planDigest } from '../../src/planning/plan-digest.ts';
import { activePin, newestFor } from '../../src/workers/choose-aim.ts';
import { chooseRollback } from '../../src/workers/choose-rollback.ts';
import { deploy } from '../../src/workers/deploy.ts';
import { createUnderWay, type DeployContext } from '../../src/workers/deploy-context.ts';
import { revisionOf } from '../../src/workers/deployment-log.ts';
import { createStrangerTries } from '../../src/workers/stranger-tries.ts';
import { application, container, host, service } from '../support/builders.ts';
import { desiredReplicas } from '../support/desired-replicas.ts';
import { applyStep } from '../support/simulate.ts';

const environment: Environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
const root: Root = { environments: [environment], hosts: [], sources: [] };
export const commitOf = (content: string) => content.padEnd(40, '0');

/** A world of values: one host that does what steps say, and a repository in which a commit is the content of one file. */
export function createWorld(
  fails: (step: Step) => StepResult['error'] | undefined = () => undefined,
  {
    web = {},
    onLostHost,
    images = [],
  }: { readonly web?: Partial<Service>; readonly onLostHost?: 'skip'; readonly images?: readonly BuildableImage[] } = {},
) {
  let hosts: readonly HostRecord[] = [host()];
  let newest = '';
  let controls: Controls = {};
  let gate: Environment['approval'];
  let declaredRack: string | undefined;
  let approvals = 0;
  let state: ApplicationState | undefined;
  let fence = 0;
  let poison: string | undefined;
  let refreshed: { readonly commit: string; readonly hosts: readonly string[] } | undefined;
  const silent = new Set<string>();
  let clock = 0;
  const tries = createStrangerTries({ raise: () => {}, now: () => clock });
  const pauses: string[] = [];
  const records: DeploymentRecord[] = [];
  const done: string[] = [];
  const onStep: { act: (step: Step) => void } = { act: () => {} };

  /** As agents report it: whoever has loaded what makes ill is unhealthy. */
  const seen = (): readonly HostRecord[] =>
    hosts.map((one) => ({
      ...one,
      containers: one.containers.map((record) => (isIll(record) ? { ...record, health: 'unhealthy' } : record)),
    }));
  const isIll = ({ configs }: ContainerRecord) => poison !== undefined && configs['/a.conf']?.loaded.slice(7).startsWith(poison);
  const decide = (commit: string, terms: LeavingTerms = knownTerms, scope: Scope = {}, passOver: readonly string[] = []): Decision => {
    const hosts = seen();
    const one = service({ replicas: 2, ...web });
    const app = application([one]);
    const files = [{ source: 'a.conf', target: '/a.conf', hash: `sha256:${commit.padEnd(64, '0')}`, size: 1, mode: 0o644, uid: 0, gid: 0 }];
    const desired = desiredReplicas(app, one, hosts, { files });
    const strangers = new Map([['web', strangersOf(hosts, one, files)]]);
    const leaving = leavingOf({ loaded: { environment, names: ['shop'], applications: [app] }, app: 'shop', hosts, terms });
    return {
      ...undecided,
      plan: plan({
        application: app,
        hosts,
        desired: new Map([['web', desired]]),
        builds: imageDifferences(images, builderOf(undefined, hosts, 'one')),
        leaving,
        scope,
        strangers,
        passOver,
        skipLost: onLostHost === 'skip',
      }),
      refreshes: imageRefreshes(app, hosts),
    };
  };
  const newestRevision = () => ({ commit: commitOf(newest), sources: {} });
  const declaration = () => ({
    environment: { ...environment, ...(gate === undefined ? {} : { approval: gate }), ...(onLostHost ? { onLostHost } : {}) },
    root: declaredRack === undefined ? root : { ...root, hosts: [{ name: 'one', labels: { rack: declaredRack }, variables: {} }] },
  });
  const context: DeployContext = {
    revisions: {
      decide: async ({ revision, terms, scope, passOver }) => decide(revision.commit, terms, scope, passOver),
      root: async () => ({ root, issues: [] }),
      names: async () => ['shop'],
      settle: async () => ({ minMs: 0, maxMs: 0 }),
      images: async () => ({ differences: [], issues: [] }),
      variables: async () => ({ variables: [], issues: [] }),
      declaredImages: async () => [],
      buildContext: () => undefined,
    },
    hosts: async () => hosts,
    environment: async () => ({ ...declaration(), revision: newestRevision() }),
    controls: {
      read: async () => controls,
      setApproval: async (_environment, _app, _before, approval) => {
        controls = { ...controls, approval };
        return true;
      },
      removePin: async () => {
        controls = { ...controls, pin: undefined };
      },
      removeContinued: async () => {
        controls = { ...controls, continued: undefined };
      },
    },
    underWay: createUnderWay(),
    refreshImages: async (asked) => void done.push(...asked.map(({ reference, host }) => `pull ${reference} on ${host}`)),
    askAgents: async (asked) => asked.filter((name) => silent.has(name)),
    strangers: tries,
    pauses: { add: ({ until }) => void pauses.push(until) },
    states: {
      read: async () => state,
      write: async (_, next) => {
        state = next;
      },
    },
    remembered: {
      terms: async () => knownTerms,
      deployed: async () => {},
      lists: async () => {},
      markSecrets: async () => {},
      refreshed: async (_, revision) => (refreshed?.commit === revision.commit ? refreshed.hosts : undefined),
      markRefreshed: async (_, { commit }, hosts) => {
        refreshed = { commit, hosts };
      },
    },
    deployments: {
      create: async (record) => void records.push(record),
      update: async (id, patch) => void replace(id, (record) => ({ ...record, ...patch })),
      setStep: async (id, index, step) => void replace(id, (record) => ({ ...record, steps: withStep(record.steps, index, step) })),
      latest: async () => records.at(-1),
    },
    runStep: async ({ step, onHeld }) => {
      const error = fails(step);
      if (onHeld && error?.code !== 'check') {
        const word = await new Promise<Word>((resolve) => onHeld(async (said) => resolve(said)));
        if (word === 'release') return { ok: true, ms: 1, released: true };
      }
      onStep.act(step);
      done.push(`${step.kind} ${step.name}${error ? ' failed' : ''}`);
      if (error) return { ok: false, ms: 1, error };
      hosts = applyStep(hosts, step);
      return { ok: true, ms: 1 };
    },
    nextFence: async () => ++fence,
    keepContents: () => {},
    keepSecrets: () => {},
    mask: (text) => text.replaceAll('hunter2', '[secret]'),
    inventoryChange: async () => {},
    ended: async () => {},
    pushes: [],
    fault: noFault,
    newId: () => `d${records.length}`,
    now: () => new Date(0),
    log: silentLog,
  };
  function replace(id: string, change: (record: DeploymentRecord) => DeploymentRecord) {
    const at = records.findIndex((record) => record.id === id);
    const found = records[at];
    if (found) records[at] = change(found);
  }
  const change = (name: string, now: Partial<ContainerRecord>) => {
    hosts = hosts.map((one) => ({
      ...one,
      containers: one.containers.map((record) => (record.name === name ? { ...record, ...now } : record)),
    }));
  };
  return {
    onStep,
    push: (content: string) => {
      newest = content;
    },
    freeze: (on: boolean) => {
      controls = { ...controls, freeze: on ? { by: 'alice', reason: 'release day', since: '2026-01-01T00:00:00Z' } : undefined };
    },
    /** From now on, new revisions wait for a person; `hosts`: what windlass.yaml says of them. */
    requireApproval: (rack?: string) => {
      gate = 'required';
      declaredRack = rack;
    },
    /** What `windlass approve` does after it has shown the plan of this moment. */
    approve: () => {
      const declared = declaration();
      const revision = activePin(controls, newestRevision())?.revision ?? newestRevision();
      const digest = planDigest(revision, declared, decide(revision.commit).plan.differences);
      controls = {
        ...controls,
        approval: { revision, declared, digest, by: 'alice', at: `2026-01-01T00:00:0${approvals++}Z`, begun: false },
      };
    },
    /** What `windlass rollback` does; the commit it goes back to. */
    rollback: (by = 'alice') => {
      const newestNow = newestFor({ ...declaration(), revision: newestRevision() }, controls).revision;
      const { deployment, from } = chooseRollback({
        environment: 'staging',
        app: 'shop',
        records: records.toReversed(),
        state,
        pin: activePin(controls, newestNow),
        newest: newestNow,
      });
      const pin = { revision: revisionOf(deployment), over: newestNow, from, deployment: deployment.id, by, at: `t${approvals++}` };
      controls = { ...controls, pin, approval: undefined, limit: undefined, continued: undefined };
      return deployment.commit;
    },
    /** What `windlass canary abort` does. */
    abort: () => {
      const { part, deployed = '' } = state ?? {};
      if (!part) throw new Error('no canary stands');
      const { revision: over } = part;
      const revision = { commit: deployed, sources: {} };
      const pin = { revision, over, from: over.commit, deployment: 'd0', by: 'alice', at: `t${approvals++}` };
      controls = { ...controls, pin, approval: undefined, limit: undefined, continued: undefined };
    },
    /** What the end of a pause does, which never is before `until`. */
    endPause: () => {
      const { revision, canary } = state?.part ?? {};
      if (revision) controls = { ...controls, continued: { revision, at: canary?.until ?? '' } };
    },
    /** What `windlass canary continue` does. */
    continueCanary: () => {
      const revision = state?.part?.revision ?? newestRevision();
      controls = { ...controls, continued: { revision, by: 'alice', at: `t${approvals++}` } };
    },
    /** What `windlass deploy --service` or `--container` does; without a reach, what takes it off. */
    limit: (reach?: Reach) => {
      controls = { ...controls, limit: reach && { ...reach, by: 'alice', at: `t${approvals++}` } };
    },
    /** What `windlass deploy --app` does for the other applications; `false`: what takes them along again. */
    leave: (isLeft = true) => {
      const alone = { apps: ['blog'], revision: newestRevision(), declared: declaration(), by: 'alice', at: `t${approvals++}` };
      controls = { ...controls, left: isLeft ? alone : undefined };
    },
    pauses: () => pauses,
    /** Containers that have loaded this turn unhealthy. */
    poison: (content: string) => {
      poison = content;
    },
    /** Its agent does not answer, but is not lost yet. */
    silence: (name: string) => void silent.add(name),
    /** Somebody starts a container with the labels of the service. */
    startByHand: (over: Partial<ContainerRecord> = {}) => {
      const stranger = container({ id: 'by-hand', name: 'by-hand', index: 0, spec: undefined, ...over });
      hosts = hosts.map((one) => (one.name === 'one' ? { ...one, containers: [...one.containers, stranger] } : one));
    },
    record: (name: string) => hosts.flatMap(({ containers }) => containers).find((one) => one.name === name),
    /** Time goes by. */
    wait: (ms: number) => {
      clock += ms;
    },
    tries,
    /** A container stops by itself. */
    stop: (name: string) => change(name, { state: 'exited', exitCode: 1 }),
    /** Somebody pauses a container. */
    pause: (name: string) => change(name, { state: 'paused', ready: false }),
    unpause: (name: string) => change(name, { state: 'running', ready: true }),
    /** A container gets a file that nobody asked for, as a moved member of a list would make it. */
    spoil: (name: string) => change(name, { configs: { '/a.conf': { installed: 'sha256:stale', loaded: 'sha256:stale' } } }),
    newest: () => newest,
    controls: () => controls,
    lose: (name = 'one') => {
      hosts = hosts.map((one) => (one.name === name ? { ...one, state: 'lost' as const } : one));
    },
    /** It is there, or there again. */
    join: (name: string) => {
      hosts = [
        ...hosts.filter((one) => one.name !== name),
        { ...(hosts.find((one) => one.name === name) ?? host({ name })), state: 'ready' as const },
      ];
    },
    /** `again`: an agent has reminded of what is not loaded. */
    run: async (trigger: Trigger = 'push', { again = false } = {}) => {
      done.length = 0;
      await deploy({ environment: 'staging', app: 'shop', trigger, again }, context, new AbortController().signal);
      return [...done];
    },
    context,
    state: () => state,
    records: () => records,
    installed: () =>
      hosts
        .flatMap(({ containers }) => containers.filter((one) => !isStranger(one)))
        .sort((a, b) => a.index - b.index)
        .map(({ configs }) => configs['/a.conf']?.loaded.slice(7).replace(/0+$/, '')),
  };
}

const strangersOf = (hosts: readonly HostRecord[], web: Service, files: readonly FileToInstall[]) =>
  hosts.flatMap(({ name: host, containers }) =>
    containers.filter(isStranger).map((record) => ({ service: web, record, name: record.name, host, files })),
  );

const withStep = (steps: readonly StepRecord[], index: number, step: StepRecord) => Object.assign([...steps], { [index]: step });
export const refused = { code: 'refused', message: 'nginx refused the new files' };
