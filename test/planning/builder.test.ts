import test from 'ava';
import type { BuildableImage } from '../../src/model/image.ts';
import type { Root } from '../../src/model/root.ts';
import { decide } from '../../src/planning/decide.ts';
import { builderOf } from '../../src/planning/images.ts';
import { knownTerms } from '../../src/planning/leaving.ts';
import { createKeptRenderings } from '../../src/rendering/service-files.ts';
import { answerPlanRequest } from '../../src/workers/answer-plan-request.ts';
import { application, environment, host, service } from '../support/builders.ts';

const image: BuildableImage = {
  name: 'web',
  tag: 'latest',
  source: 'config',
  context: 'images/web',
  dockerfile: 'Dockerfile',
  args: {},
  target: undefined,
  network: undefined,
  commit: 'c'.repeat(40),
  inputs: 'd'.repeat(64),
  parents: [],
  rewrittenDockerfile: 'FROM scratch',
};
const root: Root = {
  environments: [environment],
  hosts: [{ name: 'two', labels: { 'windlass.builder': 'true' }, variables: {} }],
  sources: [],
};
const loaded = {
  environment,
  root,
  commit: image.commit,
  applications: [application([service({ image: { kind: 'built', name: image.name, tag: image.tag } })])],
  images: [image],
  issues: [],
  applicationIssues: {},
  names: ['shop'],
};
const unwatched = { begin: () => undefined, end: () => {} };
const hosts = [host({ name: 'one' }), host({ name: 'two' })];

test("windlass.yaml's label makes a host the builder, for deployments and for images built beforehand", (t) => {
  const decision = decide({ loaded, app: 'shop', hosts, ownHost: 'one', secrets: {}, terms: knownTerms });
  t.deepEqual(
    decision.plan.wave.map(({ kind, host: on }) => `${kind} on ${on}`),
    ['build-image on two'],
  );
  const known = new Map([['k', { loaded, kept: createKeptRenderings(), overdue: [] }]]);
  const answer = answerPlanRequest(known, unwatched, { kind: 'images', key: 'k', hosts, ownHost: 'one' });
  t.deepEqual('differences' in answer ? answer.differences.map((one) => one.host) : [], ['two']);
});

test("the builder is the host labelled so, else the controller's own, else the first that is ready", (t) => {
  const name = (given: Root | undefined, own: string, on = hosts) => builderOf(given, on, own)?.name;
  t.is(name(root, 'one'), 'two');
  t.is(name(undefined, 'two'), 'two');
  t.is(name(undefined, 'elsewhere'), 'one');
  t.is(name(undefined, 'one', [host({ name: 'one' }), host({ name: 'two', labels: { 'windlass.builder': 'true' } })]), 'two');
  t.is(name(root, 'one', [host({ name: 'one' }), host({ name: 'two', state: 'lost' })]), 'one');
});
