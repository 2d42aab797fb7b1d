import test from 'ava';
import type { Service } from '../../src/model/application.ts';
import type { HostRecord } from '../../src/model/host.ts';
import type { Environment } from '../../src/model/root.ts';
import { decide } from '../../src/planning/decide.ts';
import { knownTerms } from '../../src/planning/leaving.ts';
import { application, container, host, service } from '../support/builders.ts';
import { applyWave } from '../support/simulate.ts';

const environment = (tier: string): Environment => ({ name: 'staging', branch: 'main', apps: undefined, hosts: { tier }, sources: {} });

const decided = (tier: string, hosts: readonly HostRecord[]) => decisionOf(tier, hosts, service()).plan;

const decisionOf = (tier: string, hosts: readonly HostRecord[], declared: Service) => {
  const app = application([declared]);
  const of = environment(tier);
  const root = { environments: [of], hosts: [], sources: [] };
  const loaded = {
    environment: of,
    root,
    commit: app.commit,
    applications: [app],
    images: [],
    issues: [],
    applicationIssues: {},
    names: ['shop'],
  };
  return decide({ loaded, app: 'shop', hosts, ownHost: 'old', secrets: {}, terms: knownTerms });
};

test('an environment that is given other hosts moves to them, and leaves nothing behind', (t) => {
  const hosts = [host({ name: 'new', labels: { tier: 'b' } }), host({ name: 'old', labels: { tier: 'a' } })];
  let now = applyWave(hosts, decided('a', hosts).wave);
  const waves: string[] = [];
  for (let next = decided('b', now); next.wave.length > 0; next = decided('b', now)) {
    waves.push(next.wave.map(({ kind, host: on }) => `${kind} on ${on}`).join(', '));
    now = applyWave(now, next.wave);
  }
  t.deepEqual(waves, ['recreate-container on new', 'remove-container on old']);
});

test("a host that is lost and no longer the environment's holds nothing up", (t) => {
  const hosts = [host({ name: 'new', labels: { tier: 'b' } }), host({ name: 'old', labels: { tier: 'a' } })];
  const before = applyWave(hosts, decided('a', hosts).wave).map((one) => (one.name === 'old' ? { ...one, state: 'lost' as const } : one));
  const after = applyWave(before, decided('b', before).wave);
  t.deepEqual(decided('b', after).lost, []);
  t.deepEqual(decided('b', after).differences, []);
});

test('the same template restarts one application and leaves another alone', (t) => {
  const config = { source: 'a', target: '/a', mode: 0o444, uid: 0, gid: 0, file: 'templates/a', template: false };
  const on = (kind: 'restart' | 'none') => ({
    configs: undefined,
    check: undefined,
    verify: undefined,
    settle: { minMs: 0, maxMs: 0 },
    action: { kind },
  });
  const hosts = [host({ name: 'old', labels: { tier: 'a' } })];
  const actions = (['restart', 'none'] as const).map((kind) => {
    const declared = (text: string) => service({ configs: [{ ...config, bytes: Buffer.from(text) }], reactions: [on(kind)] });
    const there = applyWave(hosts, decisionOf('a', hosts, declared('1')).plan.wave);
    const [step] = decisionOf('a', there, declared('2')).plan.wave;
    return step?.kind === 'push-config' ? step.action.kind : step?.kind;
  });
  t.deepEqual(actions, ['restart', 'none']);
});

test('an agent can ask for what a step names by hash: files, the maps to their templates, and scripts', (t) => {
  const bytes = Buffer.from('{{! first }}\nport 80\n');
  const config = { source: 'a', target: '/a', mode: 0o444, uid: 0, gid: 0, file: 'apps/shop/a.mustache', template: true, bytes };
  const script = { kind: 'script', file: 'apps/shop/reload.sh', hash: `sha256:${'5'.repeat(64)}`, bytes: Buffer.from('true') } as const;
  const reaction = { configs: undefined, check: undefined, verify: undefined, settle: { minMs: 0, maxMs: 0 }, action: script };
  const declared = service({ configs: [config], reactions: [reaction] });
  const hosts = [host({ name: 'old', labels: { tier: 'a' } })];
  const there = applyWave(hosts, decisionOf('a', hosts, { ...declared, configs: [] }).plan.wave);
  const { plan, contents } = decisionOf('a', there, declared);
  const [step] = plan.wave;
  t.is(step?.kind, 'push-config');
  if (step?.kind !== 'push-config') return;
  t.deepEqual(step.action, { kind: 'script', name: script.file, hash: script.hash });
  const [file] = step.files;
  t.is(file?.origin?.file, 'apps/shop/a.mustache');
  const text = (hash = '') => contents.get(hash) && Buffer.from(contents.get(hash) ?? []).toString();
  t.deepEqual([text(file?.hash), text(file?.origin?.lines), text(script.hash)], ['port 80\n', '[[1,2]]', 'true']);
});

test('a stranger has the files of its service as it sees them, and none that it cannot see', (t) => {
  const text = '{{container.name}} {{container.labels.tier}} {{#services.web.containers}}{{name}},{{/services.web.containers}}';
  const config = { source: 'a', target: '/a', mode: 0o444, uid: 0, gid: 0, file: 'apps/shop/a.mustache', template: true };
  const declared = service({ replicas: 0, configs: [{ ...config, bytes: Buffer.from(text) }] });
  const byHand = (name: string, labels: Record<string, string>) => container({ id: name, name, index: 0, spec: undefined, labels });
  const containers = [
    byHand('hand', { tier: 'x' }),
    byHand('bare', {}),
    container({ id: 'other', name: 'other', spec: undefined, service: 'db' }),
  ];
  const {
    plan,
    containers: desired,
    contents,
    issues,
  } = decisionOf('a', [host({ name: 'old', labels: { tier: 'a' }, containers })], declared);
  t.deepEqual(issues, [], 'what it cannot see is no mistake of the application');
  const files = desired.map(({ name, stranger, files: [file] }) => [
    name,
    stranger,
    Buffer.from(contents.get(file?.hash ?? '') ?? '').toString(),
  ]);
  t.deepEqual(files, [
    ['hand', 'hand', 'hand x bare,hand,'],
    ['bare', 'bare', ''],
  ]);
  t.regex(desired[1]?.issues?.[0]?.message ?? '', /tier/);
  t.deepEqual(
    plan.wave.map(({ kind, name }) => `${kind} ${name}`),
    ['push-config hand'],
  );
});

test('a mistake in a template is told once, however many containers would get the file', (t) => {
  const file = {
    source: 'a',
    target: '/a',
    mode: 0o444,
    uid: 0,
    gid: 0,
    file: 'apps/shop/a',
    template: true,
    bytes: Buffer.from('{{nobody}}'),
  };
  const { issues } = decisionOf('a', [host({ labels: { tier: 'a' } })], service({ replicas: 3, configs: [file] }));
  t.is(issues.length, 1);
});
