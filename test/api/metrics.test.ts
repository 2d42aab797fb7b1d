import test from 'ava';
import { createMetrics, type MetricsSnapshot } from '../../src/api/metrics.ts';

const snapshot: MetricsSnapshot = {
  version: '0.1.0',
  redis: { up: true, usedBytes: 1_000, limitBytes: 0 },
  environments: [
    {
      name: 'staging',
      frozen: true,
      applications: { deployed: 2, failed: 1 },
      unsettled: 1,
      unsettledAge: 7.5,
      pushes: 2,
      pushAge: 12,
      configFiles: { loaded: 9, 'not-loaded': 1, 'not-installed': 0 },
    },
  ],
  hosts: [
    {
      name: 'web-1',
      ready: true,
      vitals: { version: '0.1.0', residentBytes: 9_000, lagSeconds: 0.25 },
      containers: { running: 3, exited: 1 },
    },
    { name: 'web-2', ready: false, vitals: undefined, containers: {} },
  ],
  queues: [{ queue: 'agent.web-1', jobs: { waiting: 3, active: 1, delayed: 0 } }],
  sources: [{ name: 'config', age: 42, failing: true }],
  repositoryProblem: true,
  stateFreeBytes: 5_000,
};

test('what happens is counted, and what is there is shown', async (t) => {
  const metrics = createMetrics();
  metrics.webhookRequest('config', 202);
  metrics.push('staging', 'deployed', 0.7);
  metrics.deployment('staging', 'succeeded', 0.2);
  metrics.step('push-config', 'undone', 0.08);
  metrics.show(snapshot);
  const lines = (await metrics.text()).split('\n');
  for (const line of [
    'windlass_webhook_requests_total{source="config",answer="202"} 1',
    'windlass_push_duration_seconds_bucket{le="1",environment="staging",result="deployed"} 1',
    'windlass_deployments_total{environment="staging",state="succeeded"} 1',
    'windlass_deployment_duration_seconds_sum{environment="staging"} 0.2',
    'windlass_steps_total{kind="push-config",state="undone"} 1',
    'windlass_step_duration_seconds_bucket{le="0.1",kind="push-config"} 1',
    'windlass_info{version="0.1.0"} 1',
    'windlass_redis_up 1',
    'windlass_applications{environment="staging",state="failed"} 1',
    'windlass_environment_frozen{environment="staging"} 1',
    'windlass_unsettled_oldest_seconds{environment="staging"} 7.5',
    'windlass_push_oldest_seconds{environment="staging"} 12',
    'windlass_config_files{environment="staging",state="not-loaded"} 1',
    'windlass_hosts{state="lost"} 1',
    'windlass_host_ready{host="web-2"} 0',
    'windlass_host_containers{host="web-1",state="exited"} 1',
    'windlass_agent_info{host="web-1",version="0.1.0"} 1',
    'windlass_agent_resident_bytes{host="web-1"} 9000',
    'windlass_agent_eventloop_lag_max_seconds{host="web-1"} 0.25',
    'windlass_queue_jobs{queue="agent.web-1",state="waiting"} 3',
    'windlass_source_age_seconds{source="config"} 42',
    'windlass_source_failing{source="config"} 1',
    'windlass_repository_problem 1',
    'windlass_state_free_bytes 5000',
  ]) {
    t.true(lines.includes(line), line);
  }
});

test('what is no longer there is no longer shown, and counts stay', async (t) => {
  const metrics = createMetrics();
  metrics.push('staging', 'deployed', 1);
  metrics.show(snapshot);
  metrics.show({ ...snapshot, environments: [], hosts: [], queues: [] });
  const text = await metrics.text();
  t.notRegex(text, /windlass_unsettled_applications\{|windlass_host_ready\{|windlass_queue_jobs\{/);
  t.regex(text, /windlass_push_duration_seconds_count\{environment="staging",result="deployed"\} 1/);
});

test('a step that was skipped or lost is counted and takes no time', async (t) => {
  const metrics = createMetrics();
  metrics.step('build-image', 'skipped', 0);
  metrics.step('build-image', 'lost', 0);
  const text = await metrics.text();
  t.regex(text, /windlass_steps_total\{kind="build-image",state="lost"\} 1/);
  t.notRegex(text, /windlass_step_duration_seconds_count/);
});

test("every metric has the prefix, and the event loop's delay is among them", async (t) => {
  const names = [...(await createMetrics().text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
  for (const name of names) t.true(name.startsWith('windlass_'), name);
  t.true(names.includes('windlass_nodejs_eventloop_lag_p99_seconds'));
});

test('two controllers in one process count apart', async (t) => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.webhookRequest('config', 202);
  t.false((await other.text()).includes('windlass_webhook_requests_total{'));
});
