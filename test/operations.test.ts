import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { checkout } from '../playground/windlass-process.ts';
import { createMetrics, type MetricsSnapshot } from '../src/api/metrics.ts';
import { stepRecord } from '../src/model/deployment.ts';

const page = readFileSync(join(checkout, 'docs/operations.md'), 'utf8');

/** Of every Node.js process: prom-client's own, explained there. */
const common = /^windlass_(process|nodejs)_/;

/** One of everything, so that every label shows. */
const snapshot: MetricsSnapshot = {
  version: '1',
  redis: { up: true, usedBytes: 1, limitBytes: 1 },
  environments: [
    {
      name: 'staging',
      frozen: false,
      applications: { deployed: 1 },
      unsettled: 0,
      unsettledAge: 0,
      pushes: 0,
      pushAge: 0,
      configFiles: { loaded: 1, 'not-loaded': 0, 'not-installed': 0 },
    },
  ],
  hosts: [{ name: 'web-1', ready: true, vitals: { version: '1', residentBytes: 1, lagSeconds: 0 }, containers: { running: 1 } }],
  queues: [{ queue: 'deliveries', jobs: { waiting: 0, active: 0, delayed: 0 } }],
  sources: [{ name: 'config', age: 1, failing: false }],
  repositoryProblem: false,
  stateFreeBytes: 1,
};

async function exposed(): Promise<ReadonlyMap<string, readonly string[]>> {
  const metrics = createMetrics();
  metrics.webhookRequest('config', 202);
  metrics.push('staging', 'deployed', 1);
  metrics.deployment('staging', 'succeeded', 1);
  metrics.step('push-config', 'succeeded', 1);
  metrics.show(snapshot);
  const text = await metrics.text();
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  return new Map(names.map((name) => [name, labelsOf(text, name)]));
}

function labelsOf(text: string, name: string): readonly string[] {
  const labels = new RegExp(`^${name}(?:_count)?\\{([^}]*)\\}`, 'm').exec(text)?.[1] ?? '';
  return [...labels.matchAll(/([a-z]+)="/g)].map(([, label = '']) => label);
}

test('every metric of windlass has its row with its labels, and no row is of none', async (t) => {
  const rows = [...page.matchAll(/^\| `(windlass_\w+)` \|([^|]*)\| \S/gm)].map(([, name = '', labels = '']) => [
    name,
    [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
  ]);
  const known = [...(await exposed())].filter(([name]) => !common.test(name));
  const documented = rows.filter(([name]) => !common.test(String(name)));
  t.deepEqual(Object.fromEntries(documented), Object.fromEntries(known));
});

test('the alert rules can be read, and ask for metrics that there are', async (t) => {
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const rules = (parse(text) as { groups: { rules: { alert: string; expr: string }[] }[] }).groups.flatMap((group) => group.rules);
  const known = await exposed();
  t.true(rules.length > 10);
  for (const { alert, expr } of rules) {
    const names = [...expr.matchAll(/windlass_\w+/g)].map(([name]) => name);
    for (const name of names) t.true(known.has(name) || known.has(name.replace(/_total$/, '')), `${alert} asks for ${name}`);
    for (const [, label = ''] of expr.matchAll(/[{,](\w+)!?=/g)) {
      t.true(label === 'job' || names.some((name) => known.get(name)?.includes(label)), `${alert} asks for the label ${label}`);
    }
  }
});

test('the kinds of steps that the page names are those of history', (t) => {
  const row = /`windlass_steps_total`.*steps by kind \(([^)]*)\)/.exec(page)?.[1] ?? '';
  t.deepEqual([...row.matchAll(/`([a-z-]+)`/g)].map(([, kind = '']) => kind).sort(), [...stepRecord.shape.kind.options].sort());
});

test('the states of steps that the page names are those of history, and what is lost', (t) => {
  const row = /`windlass_steps_total`.*state \(([^)]*)\)/.exec(page)?.[1] ?? '';
  const ended = stepRecord.shape.state.options.filter((state) => state !== 'queued' && state !== 'running');
  t.deepEqual([...row.matchAll(/`([a-z]+)`/g)].map(([, state = '']) => state).sort(), [...ended, 'lost'].sort());
});
