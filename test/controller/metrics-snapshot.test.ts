import test from 'ava';
import { metricsSnapshot, type Readings } from '../../src/controller/metrics-snapshot.ts';
import type { ApplicationStatus, ConfigStatus, EnvironmentStatus, State } from '../../src/model/status-documents.ts';
import { appTarget, sourceTarget, type Target } from '../../src/queue/targets.ts';
import type { WantedRecord } from '../../src/queue/wanted.ts';

const known = { version: '1', sources: [], repositoryProblem: false, stateFreeBytes: 10 };
const hash = (digit: string) => `sha256:${digit.repeat(64)}`;
const file = (desired: string | null, installed: string | null, loaded: string | null): ConfigStatus => ({
  target: '/a',
  desired,
  installed,
  loaded,
});

const app = (name: string, state: State, configs: readonly ConfigStatus[] = []): ApplicationStatus => ({
  name,
  wanted: null,
  deployed: null,
  freeze: null,
  pin: null,
  canary: null,
  limit: null,
  sources: {},
  state,
  message: '',
  services: [
    {
      name: 'web',
      policy: 'mutable',
      containers: [{ name: 'c', host: 'h', state: 'running', health: 'none', image: '', ip: null, startedAt: null, configs: [...configs] }],
    },
  ],
});

const staging = (...apps: readonly ApplicationStatus[]): EnvironmentStatus => ({
  name: 'staging',
  wanted: null,
  deployed: null,
  state: 'deployed',
  message: '',
  frozen: false,
  freeze: null,
  apps,
});

const unsettled = (target: Target, since: number): WantedRecord => ({
  target,
  generation: 2,
  handled: 1,
  trigger: 'push',
  forced: false,
  since,
});

const readings = (environments: readonly EnvironmentStatus[], more: Partial<Readings> = {}): Readings => ({
  now: 100_000,
  status: { apiVersion: 'windlass/v1', repositories: [], environments, hosts: [] },
  unsettled: [],
  pushes: {},
  hosts: [],
  queues: [],
  redis: new Map([
    ['used_memory', '5'],
    ['maxmemory', '9'],
  ]),
  ...more,
});

test('with Redis away only what is known without it is told', (t) => {
  t.deepEqual(metricsSnapshot(known, undefined), { ...known, redis: { up: false }, environments: [], hosts: [], queues: [] });
});

test('applications are counted by state, also the states that none has', (t) => {
  const [environment] = metricsSnapshot(known, readings([staging(app('shop', 'failed'), app('blog', 'failed'))])).environments;
  t.deepEqual(environment?.applications, { deployed: 0, deploying: 0, failed: 2, held: 0, 'awaiting-approval': 0 });
});

test('the age is that of the oldest application with something to do', (t) => {
  const records = [unsettled(appTarget('staging', 'shop'), 90_000), unsettled(appTarget('staging', 'blog'), 40_000)];
  const [environment] = metricsSnapshot(
    known,
    readings([staging(app('shop', 'deploying'), app('blog', 'deploying'))], { unsettled: records }),
  ).environments;
  t.like(environment, { unsettled: 2, unsettledAge: 60 });
});

test("a host has its agent's figures for as long as the agent is there, and its containers by state", (t) => {
  const vitals = { version: '1', residentBytes: 5, lagSeconds: 0.1 };
  const containers = [{ state: 'running' }, { state: 'running' }, { state: 'dead' }];
  const host = (name: string, state: string) => ({ name, state, vitals, containers }) as unknown as Readings['hosts'][number];
  const { hosts } = metricsSnapshot(known, readings([], { hosts: [host('web-1', 'ready'), host('web-2', 'lost')] }));
  const counts = { running: 2, exited: 0, restarting: 0, dead: 1 };
  t.deepEqual(hosts, [
    { name: 'web-1', ready: true, vitals, containers: counts },
    { name: 'web-2', ready: false, vitals: undefined, containers: counts },
  ]);
});

test('sources, and what has left the repository, are nobody to wait for', (t) => {
  const records = [
    unsettled(sourceTarget('config'), 0),
    unsettled(appTarget('staging', 'gone'), 0),
    unsettled(appTarget('left', 'shop'), 0),
  ];
  const { environments } = metricsSnapshot(
    known,
    readings([staging(app('shop', 'deployed'))], { unsettled: records, pushes: { left: [{ id: 'p', at: 0 }] } }),
  );
  t.is(environments.length, 1);
  t.like(environments[0], { unsettled: 0, unsettledAge: 0, pushes: 0, pushAge: 0 });
});

test('config files are told apart by what the container has', (t) => {
  const [a, b] = [hash('a'), hash('b')];
  const files = [file(a, a, a), file(a, a, b), file(a, b, b), file(a, null, null), file(null, b, b)];
  const [environment] = metricsSnapshot(known, readings([staging(app('shop', 'deployed', files))])).environments;
  t.deepEqual(environment?.configFiles, { loaded: 1, 'not-loaded': 1, 'not-installed': 2 });
});

test('open pushes have the age of the oldest', (t) => {
  const pushes = {
    staging: [
      { id: 'p', at: 70_000 },
      { id: 'q', at: 95_000 },
    ],
  };
  t.like(metricsSnapshot(known, readings([staging()], { pushes })).environments[0], { pushes: 2, pushAge: 30 });
});
