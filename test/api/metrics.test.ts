import test from 'ava';
import { createMetrics } from '../../src/api/metrics.ts';

test('what is recorded is exposed under windlass_', async (t) => {
  const metrics = createMetrics();
  metrics.webhookRequest('config', 202);
  metrics.deployment('staging', 'succeeded', 0.2);
  metrics.configPush('staging', 'undone');
  metrics.containerRecreated();
  metrics.unsettledTargets(3);
  metrics.hosts({ ready: 2, lost: 1 });
  const lines = (await metrics.text()).split('\n');
  for (const line of [
    'windlass_webhook_requests_total{source="config",answer="202"} 1',
    'windlass_deployments_total{environment="staging",state="succeeded"} 1',
    'windlass_deployment_duration_seconds_bucket{le="0.25",environment="staging"} 1',
    'windlass_deployment_duration_seconds_sum{environment="staging"} 0.2',
    'windlass_config_pushes_total{environment="staging",result="undone"} 1',
    'windlass_containers_recreated_total 1',
    'windlass_unsettled_targets 3',
    'windlass_hosts{state="ready"} 2',
    'windlass_hosts{state="lost"} 1',
  ]) {
    t.true(lines.includes(line), line);
  }
});

test('every metric has the prefix', async (t) => {
  const names = (await createMetrics().text()).matchAll(/^# TYPE (\S+)/gm);
  for (const [, name] of names) t.true(name?.startsWith('windlass_'), name);
});

test('two controllers in one process count apart', async (t) => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.containerRecreated();
  t.true((await other.text()).includes('windlass_containers_recreated_total 0'));
});
