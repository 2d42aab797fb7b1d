import { PassThrough, Readable } from 'node:stream';
import type { AgentDoor, Operations } from '../../src/api/operations.ts';
import { createStreamHub, type StreamHub } from '../../src/api/stream-hub.ts';
import { WindlassError } from '../../src/errors.ts';
import type { DeploymentRecord } from '../../src/model/deployment.ts';
import {
  type ApplicationApproval,
  type ApplicationCanary,
  type ApplicationRollback,
  apiVersion,
  type DiffDocument,
  type Finding,
  type LogLine,
  type PlanDocument,
  type ServerEvent,
} from '../../src/model/documents.ts';
import type { ApplicationStatus } from '../../src/model/status-documents.ts';
import type { VariableEntry } from '../../src/model/variables.ts';

export const commit = '4f0c2a9d3b8e17a65c90d4e2f1b7a8c6d5e3f201';
export const earlier = '91be33f0a7d2c4b8e6f5019283746556473829aa';

/** The controller's side of the API as a value in memory: what it holds may be set, and what it was asked is written down. */
export interface Memory {
  readonly operations: Operations;
  readonly agentDoor: AgentDoor;
  readonly hub: StreamHub;
  readonly asked: string[];
  readonly deployments: DeploymentRecord[];
  readonly logs: Map<string, LogLine[]>;
  readonly contents: Map<string, Uint8Array>;
  app: ApplicationStatus;
  frozen: boolean;
  plan: PlanDocument;
  waiting: readonly ApplicationApproval[];
  rollback: readonly ApplicationRollback[];
  canaries: readonly ApplicationCanary[];
  diff: DiffDocument;
  variables: readonly VariableEntry[];
  /** Names that nothing reads. */
  unread: readonly string[];
  /** What a change of variables changes, as a diff. */
  change: string;
  reasons: string[];
  findings: Finding[];
  /** Called by each deploy; sets what becomes of it. */
  onDeploy: () => void;
  /** Thrown by status() where it is set. */
  failure: Error | undefined;
  emit(event: ServerEvent): void;
  /** Event streams that are open. */
  readonly listeners: () => number;
}

const shop: ApplicationStatus = {
  name: 'shop',
  wanted: commit,
  deployed: commit,
  freeze: null,
  pin: null,
  canary: null,
  limit: null,
  sources: {},
  state: 'deployed',
  message: '',
  services: [
    {
      name: 'web',
      policy: 'mutable',
      containers: [
        {
          name: 'staging-shop-web-1',
          host: 'web-1',
          state: 'running',
          health: 'healthy',
          image: `sha256:${'ab'.repeat(32)}`,
          ip: '172.18.0.2',
          startedAt: '2026-08-20T10:00:00.000Z',
          configs: [
            {
              target: '/etc/nginx/nginx.conf',
              desired: `sha256:${'1'.repeat(64)}`,
              installed: `sha256:${'1'.repeat(64)}`,
              loaded: `sha256:${'1'.repeat(64)}`,
            },
          ],
        },
      ],
    },
  ],
};

export const succeeded: DeploymentRecord = {
  id: 'd-1',
  environment: 'staging',
  app: 'shop',
  commit,
  trigger: 'push',
  state: 'succeeded',
  message: '',
  startedAt: '2026-08-20T10:00:00.000Z',
  finishedAt: '2026-08-20T10:00:04.200Z',
  steps: [
    { kind: 'build-image', name: 'web:latest', host: 'web-1', reason: 'images/web/Dockerfile changed', state: 'succeeded', ms: 3100 },
    { kind: 'push-config', name: 'staging-shop-web-1', host: 'web-1', reason: 'nginx.conf changed', state: 'succeeded', ms: 84 },
  ],
};

/** One environment `staging` with one application `shop`, at rest. */
export function createMemory(): Memory {
  const sinks = new Set<PassThrough>();
  const hub = createStreamHub();
  const memory: Memory = {
    asked: [],
    deployments: [succeeded],
    logs: new Map([['d-1', [{ at: '2026-08-20T10:00:01.000Z', step: 'web:latest', line: '#1 FROM busybox' }]]]),
    contents: new Map(),
    app: shop,
    frozen: false,
    plan: {
      apiVersion,
      environment: 'staging',
      commit,
      apps: [{ name: 'shop', steps: [], canaries: [], issues: [], waiting: [] }],
    },
    waiting: [],
    rollback: [],
    canaries: [],
    diff: { apiVersion, environment: 'staging', commit, files: [], mistakes: [] },
    variables: [],
    unread: [],
    change: '',
    reasons: [],
    findings: [],
    onDeploy: () => {},
    failure: undefined,
    hub,
    emit: (event) => {
      for (const sink of sinks) sink.write(event);
    },
    listeners: () => sinks.size,
    operations: {} as Operations,
    agentDoor: {} as AgentDoor,
  };
  return Object.assign(memory, { operations: operationsOf(memory, sinks), agentDoor: agentDoorOf(memory) });
}

function operationsOf(memory: Memory, sinks: Set<PassThrough>): Operations {
  return {
    environmentNames: async () => ['staging'],
    status: async () => {
      if (memory.failure) throw memory.failure;
      const { app, frozen } = memory;
      const environment = {
        name: 'staging',
        wanted: app.wanted,
        deployed: app.deployed,
        state: app.state,
        message: '',
        frozen,
        freeze: frozen ? { by: 'alice', reason: 'release day', since: '2026-08-20T10:00:00.000Z' } : null,
        apps: [app],
      };
      return { apiVersion, repositories: [], environments: [environment], hosts: [host] };
    },
    history: async ({ environment, app, limit }) => {
      memory.asked.push(`history ${environment ?? '*'} ${app ?? '*'} ${limit}`);
      return { apiVersion, deployments: memory.deployments.slice(0, limit) };
    },
    deployment: async (id) => {
      const deployment = memory.deployments.find((one) => one.id === id);
      return deployment && { apiVersion, deployment };
    },
    deploymentLog: async (id, from) => {
      const lines = memory.logs.get(id);
      return lines && { lines: lines.slice(from), next: Math.max(from, lines.length) };
    },
    hosts: async () => ({ apiVersion, hosts: [{ ...host, address: '10.0.0.5', cpus: 2, memory: 4_294_967_296, containers: 1 }] }),
    plan: async () => memory.plan,
    render: async ({ environment, app, service }) => {
      memory.asked.push(`render ${environment} ${app ?? '*'} ${service ?? '*'}`);
      const file = { container: 'staging-shop-web-1', target: '/etc/nginx/nginx.conf', mode: '0644', text: 'listen 8080;\n', reads: [] };
      return { apiVersion, environment, commit, files: [file] };
    },
    diff: async () => memory.diff,
    deploy: async ({ environment, app, author }) => {
      memory.asked.push(`deploy ${environment} ${app ?? '*'} ${author ?? '-'}`);
      if (app !== undefined && app !== 'shop') throw new WindlassError('unknown-name', `there is no application ${app} in ${environment}`);
      memory.onDeploy();
      return { apiVersion, environment, apps: ['shop'] };
    },
    forgetHost: async (host) => {
      memory.asked.push(`forget ${host}`);
      return { apiVersion, host, containers: 2 };
    },
    freeze: async ({ environment, app, frozen, reason }) => {
      memory.asked.push(`${frozen ? 'freeze' : 'unfreeze'} ${environment} ${app ?? '*'} ${reason ?? '-'}`);
      memory.frozen = frozen;
      return { apiVersion, environment, app: app ?? null, frozen };
    },
    approval: async ({ environment }) => ({ apiVersion, environment, commit, apps: memory.waiting, files: memory.diff.files }),
    approve: async ({ environment, apps }) => {
      memory.asked.push(`approve ${environment} ${JSON.stringify(apps)}`);
      memory.onDeploy();
      return { apiVersion, environment, apps: Object.keys(apps) };
    },
    rollbackPlan: async ({ environment, app, to }) => {
      memory.asked.push(`rollback plan ${environment} ${app ?? '*'} ${to ?? '-'}`);
      return { apiVersion, environment, apps: memory.rollback };
    },
    rollback: async ({ environment, apps }) => {
      memory.asked.push(`rollback ${environment} ${JSON.stringify(apps)}`);
      memory.onDeploy();
      return { apiVersion, environment, apps: Object.keys(apps) };
    },
    canary: async ({ environment, app }) => {
      memory.asked.push(`canary ${environment} ${app ?? '*'}`);
      return { apiVersion, environment, apps: memory.canaries };
    },
    decideCanary: async ({ environment, apps, decision }) => {
      memory.asked.push(`canary ${decision} ${environment} ${JSON.stringify(apps)}`);
      memory.onDeploy();
      return { apiVersion, environment, apps: Object.keys(apps) };
    },
    variables: async ({ environment, app, service, variable }) => {
      memory.asked.push(`variables ${environment} ${app ?? '*'} ${service ?? '*'} ${variable ?? '*'}`);
      return { apiVersion, environment, commit, variables: memory.variables, issues: [] };
    },
    planVariables: async ({ environment, changes }) => {
      memory.asked.push(`plan variables ${environment} ${JSON.stringify(changes)}`);
      return { apiVersion, environment, branch: 'main', base: commit, diff: memory.change, unread: memory.unread, plans: [memory.plan] };
    },
    changeVariables: async ({ environment, changes, author, message, base, alone }) => {
      memory.asked.push(`change variables ${environment} ${JSON.stringify({ changes, author, message, base, alone })}`);
      memory.onDeploy();
      const environments = [{ name: environment, apps: ['shop'] }];
      return { apiVersion, environment, branch: 'main', commit, diff: memory.change, unread: memory.unread, environments };
    },
    containerLogs: async ({ app, service, follow, tail, signal }) => {
      memory.asked.push(`logs ${app}/${service} follow=${follow} tail=${tail}`);
      if (!follow) return Readable.from(['one\n', 'two\n']);
      const lines = new PassThrough();
      lines.write('one\n');
      signal.addEventListener('abort', () => {
        memory.asked.push('logs ended');
        lines.destroy();
      });
      return lines;
    },
    doctor: async () => ({ apiVersion, findings: memory.findings }),
    hook: async () => ({
      apiVersion,
      url: 'http://127.0.0.1:8420/hooks/config',
      provider: 'standard',
      secret: 'whsec_c2VjcmV0',
      sources: [
        { name: 'web-shop', url: 'http://127.0.0.1:8420/hooks/web-shop', provider: 'github', secret: null },
        { name: 'code', url: 'http://127.0.0.1:8420/hooks/code', provider: 'standard', secret: 'whsec_Y29kZQ' },
      ],
      notify: { host: 'chat.example.com', secret: 'whsec_bm90aWZ5' },
    }),
    events: (signal) => {
      const sink = new PassThrough({ objectMode: true });
      sinks.add(sink);
      signal.addEventListener('abort', () => {
        sinks.delete(sink);
        sink.end();
      });
      return sink;
    },
    ready: async () => ({ ok: memory.reasons.length === 0, reasons: memory.reasons }),
    metrics: async () => '# HELP windlass_up One.\nwindlass_up 1\n',
  };
}

function agentDoorOf(memory: Memory): AgentDoor {
  return {
    buildContext: async (id) => (id === 'c-1' ? Readable.from([Buffer.from('tar bytes')]) : undefined),
    content: async (hash) => memory.contents.get(hash),
    image: async (reference) => {
      memory.asked.push(`image ${reference}`);
      return reference === 'acme/base:windlass-0123456789abcdef' ? Readable.from([Buffer.from('image')]) : undefined;
    },
    deliver: (id, upload) => memory.hub.deliver(id, upload),
  };
}

const host = {
  name: 'web-1',
  state: 'ready',
  lastSeen: '2026-08-20T10:00:05.000Z',
  engine: '20.10.24',
  labels: { role: 'web' },
} as const;
