import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StepRecord } from '../model/deployment.ts';
import type { HostVitals } from '../model/host.ts';
import type { State } from '../model/status-documents.ts';
import type { StepKind } from '../model/step.ts';

/** The controller's numbers; `text` is what GET /metrics answers. Labels never hold commits, ids or container names. */
export interface Metrics {
  /** `answer` is the HTTP status that the request got. */
  webhookRequest(source: string, answer: number): void;
  /** `seconds` from the push's acceptance to its environment's outcome. */
  push(environment: string, result: 'deployed' | 'failed', seconds: number): void;
  /** `seconds` from start to finish; `state` is the deployment's last. */
  deployment(environment: string, state: string, seconds: number): void;
  /** `state` as in history, or `lost` where its agent went away. */
  step(kind: StepKind, state: StepRecord['state'] | 'lost', seconds: number): void;
  /** Config files that were rendered anew. */
  rendered(files: number): void;
  /** How things are now; what is not in it is shown no more. */
  show(snapshot: MetricsSnapshot): void;
  text(): Promise<string>;
}

/** What is there at this moment. Ages are seconds, undefined where there is nothing of that age. */
export interface MetricsSnapshot {
  readonly version: string;
  readonly redis: { readonly up: boolean; readonly usedBytes?: number; readonly limitBytes?: number };
  readonly environments: readonly EnvironmentNumbers[];
  readonly hosts: readonly HostNumbers[];
  readonly queues: readonly { readonly queue: string; readonly jobs: Readonly<Record<'waiting' | 'active' | 'delayed', number>> }[];
  /** The repository (`config`) and the sources: since the last fetch that succeeded, and whether the one after it failed. */
  readonly sources: readonly { readonly name: string; readonly age: number | undefined; readonly failing: boolean }[];
  /** windlass.yaml at HEAD has mistakes. */
  readonly repositoryProblem: boolean;
  /** Of the state directory's file system. */
  readonly stateFreeBytes: number | undefined;
}

export interface HostNumbers {
  readonly name: string;
  readonly ready: boolean;
  /** Of its agent's process; undefined where it is not known, or is of the past. */
  readonly vitals: HostVitals | undefined;
  /** Those of applications, by state. */
  readonly containers: Readonly<Record<string, number>>;
}

export interface EnvironmentNumbers {
  readonly name: string;
  readonly frozen: boolean;
  readonly applications: Readonly<Partial<Record<State, number>>>;
  readonly unsettled: number;
  readonly unsettledAge: number;
  readonly pushes: number;
  readonly pushAge: number;
  readonly configFiles: Readonly<Record<'loaded' | 'not-loaded' | 'not-installed', number>>;
}

/** From a hot push (tens of milliseconds) to a chain of builds. */
const buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];

/** A registry of its own, so that several controllers fit into one process. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry, prefix: 'windlass_' });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const webhooks = counter('windlass_webhook_requests_total', 'Webhook requests by source and HTTP answer.', ['source', 'answer']);
  const pushes = histogram('windlass_push_duration_seconds', 'Time from a push to its outcome in an environment.', [
    'environment',
    'result',
  ]);
  const deployments = counter('windlass_deployments_total', 'Deployments that ended, by state.', ['environment', 'state']);
  const deployed = histogram('windlass_deployment_duration_seconds', 'Time from start to finish of a deployment.', ['environment']);
  const steps = counter('windlass_steps_total', 'Steps that agents did, by kind and state.', ['kind', 'state']);
  const stepped = histogram('windlass_step_duration_seconds', 'Time that an agent took for a step.', ['kind']);
  const renderings = counter('windlass_config_files_rendered_total', 'Config files that were rendered anew.', []);
  return {
    webhookRequest: (source, answer) => webhooks.inc({ source, answer: String(answer) }),
    push: (environment, result, seconds) => pushes.observe({ environment, result }, seconds),
    deployment: (environment, state, seconds) => {
      deployments.inc({ environment, state });
      deployed.observe({ environment }, seconds);
    },
    step: (kind, state, seconds) => {
      steps.inc({ kind, state });
      if (state !== 'lost' && state !== 'skipped') stepped.observe({ kind }, seconds);
    },
    rendered: (files) => renderings.inc(files),
    show: createGauges(registers),
    text: () => registry.metrics(),
  };
}

type MakeGauge = <Label extends string>(name: string, help: string, labelNames?: readonly Label[]) => Gauge<Label>;

/** An agent has no door of its own: its figures come with its signs of life. */
function createHostGauges(gauge: MakeGauge): (host: HostNumbers) => void {
  const ready = gauge('windlass_host_ready', 'Whether the agent of the host answers.', ['host']);
  const containers = gauge('windlass_host_containers', 'Containers of applications by state.', ['host', 'state']);
  const info = gauge('windlass_agent_info', 'Always 1; the version of the agent is in its label.', ['host', 'version']);
  const resident = gauge('windlass_agent_resident_bytes', 'Memory of the process that the agent is in.', ['host']);
  const lag = gauge('windlass_agent_eventloop_lag_max_seconds', 'Longest delay of its event loop in the last seconds.', ['host']);
  return ({ name: host, ready: answers, vitals, containers: counts }) => {
    ready.set({ host }, Number(answers));
    for (const [state, count] of Object.entries(counts)) containers.set({ host, state }, count);
    if (vitals === undefined) return;
    info.set({ host, version: vitals.version }, 1);
    resident.set({ host }, vitals.residentBytes);
    lag.set({ host }, vitals.lagSeconds);
  };
}

/** Gauges are set all at once, from one snapshot: what has left the repository leaves them with the next. */
function createGauges(registers: Registry[]): (snapshot: MetricsSnapshot) => void {
  const all: Gauge[] = [];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> => {
    const made = new Gauge({ name, help, labelNames, registers });
    all.push(made as unknown as Gauge);
    return made;
  };
  const info = gauge('windlass_info', 'Always 1; the version is in its label.', ['version']);
  const redisUp = gauge('windlass_redis_up', 'Whether Redis answers.');
  const redisUsed = gauge('windlass_redis_used_bytes', 'Memory that Redis uses.');
  const redisLimit = gauge('windlass_redis_limit_bytes', 'Redis maxmemory; 0: none.');
  const applications = gauge('windlass_applications', 'Applications by state.', ['environment', 'state']);
  const frozen = gauge('windlass_environment_frozen', 'Whether the environment is frozen.', ['environment']);
  const unsettled = gauge('windlass_unsettled_applications', 'Applications with something still to do.', ['environment']);
  const unsettledAge = gauge('windlass_unsettled_oldest_seconds', 'How long the oldest of them has had it.', ['environment']);
  const pushes = gauge('windlass_pushes_open', 'Pushes without an outcome yet.', ['environment']);
  const pushAge = gauge('windlass_push_oldest_seconds', 'How long the oldest of them has been on its way.', ['environment']);
  const files = gauge('windlass_config_files', 'Config files by what is in the container.', ['environment', 'state']);
  const hosts = gauge('windlass_hosts', 'Hosts by state of their agent.', ['state']);
  const jobs = gauge('windlass_queue_jobs', 'Jobs by queue.', ['queue', 'state']);
  const fetched = gauge('windlass_source_age_seconds', 'Time since the last fetch that succeeded.', ['source']);
  const away = gauge('windlass_source_failing', 'Whether the last fetch failed.', ['source']);
  const problem = gauge('windlass_repository_problem', 'Whether windlass.yaml at HEAD has mistakes.');
  const free = gauge('windlass_state_free_bytes', 'Free bytes in the file system of the state directory.');

  const hostGauges = createHostGauges(gauge);
  const environmentGauges = (one: EnvironmentNumbers) => {
    const environment = one.name;
    for (const [state, count] of Object.entries(one.applications)) applications.set({ environment, state }, count);
    for (const [state, count] of Object.entries(one.configFiles)) files.set({ environment, state }, count);
    frozen.set({ environment }, Number(one.frozen));
    unsettled.set({ environment }, one.unsettled);
    unsettledAge.set({ environment }, one.unsettledAge);
    pushes.set({ environment }, one.pushes);
    pushAge.set({ environment }, one.pushAge);
  };
  return (snapshot) => {
    for (const one of all) one.reset();
    info.set({ version: snapshot.version }, 1);
    redisUp.set(Number(snapshot.redis.up));
    redisUsed.set(snapshot.redis.usedBytes ?? 0);
    redisLimit.set(snapshot.redis.limitBytes ?? 0);
    snapshot.environments.forEach(environmentGauges);
    for (const state of ['ready', 'lost']) hosts.set({ state }, snapshot.hosts.filter((host) => host.ready === (state === 'ready')).length);
    snapshot.hosts.forEach(hostGauges);
    for (const { queue, jobs: counts } of snapshot.queues) {
      for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
    }
    for (const { name: source, age, failing } of snapshot.sources) {
      away.set({ source }, Number(failing));
      if (age !== undefined) fetched.set({ source }, age);
    }
    problem.set(Number(snapshot.repositoryProblem));
    if (snapshot.stateFreeBytes !== undefined) free.set(snapshot.stateFreeBytes);
  };
}
