import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The controller's numbers; `text` is what GET /metrics answers. Labels never hold commits, ids or container names. */
export interface Metrics {
  /** `answer` is the HTTP status that the request got. */
  webhookRequest(source: string, answer: number): void;
  /** `seconds` from start to finish; `state` is the deployment's last. */
  deployment(environment: string, state: string, seconds: number): void;
  configPush(environment: string, result: 'succeeded' | 'failed' | 'undone'): void;
  containerRecreated(): void;
  /** Applications of environments whose wanted generation is not handled yet. */
  unsettledTargets(count: number): void;
  hosts(count: { readonly ready: number; readonly lost: number }): void;
  text(): Promise<string>;
}

/** A registry of its own, so that several controllers fit into one process. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry, prefix: 'windlass_' });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const webhooks = counter('windlass_webhook_requests_total', 'Webhook requests by source and HTTP answer.', ['source', 'answer']);
  const deployments = counter('windlass_deployments_total', 'Deployments that ended, by state.', ['environment', 'state']);
  const pushes = counter('windlass_config_pushes_total', 'Config pushes into running containers, by result.', ['environment', 'result']);
  const recreated = counter('windlass_containers_recreated_total', 'Containers created, recreated or started again.');
  const unsettled = new Gauge({ name: 'windlass_unsettled_targets', help: 'Applications with something still to do.', registers });
  const hosts = new Gauge({ name: 'windlass_hosts', help: 'Hosts by state of their agent.', labelNames: ['state'], registers });
  const durations = new Histogram({
    name: 'windlass_deployment_duration_seconds',
    help: 'Time from start to finish of a deployment.',
    labelNames: ['environment'],
    // From a hot push (tens of milliseconds) to a chain of builds.
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    registers,
  });
  return {
    webhookRequest: (source, answer) => webhooks.inc({ source, answer: String(answer) }),
    deployment: (environment, state, seconds) => {
      deployments.inc({ environment, state });
      durations.observe({ environment }, seconds);
    },
    configPush: (environment, result) => pushes.inc({ environment, result }),
    containerRecreated: () => recreated.inc(),
    unsettledTargets: (count) => unsettled.set(count),
    hosts: ({ ready, lost }) => {
      hosts.set({ state: 'ready' }, ready);
      hosts.set({ state: 'lost' }, lost);
    },
    text: () => registry.metrics(),
  };
}
