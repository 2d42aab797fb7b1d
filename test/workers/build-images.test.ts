import test from 'ava';
import { type DeploymentRecord, type Trigger, unclaimedImages } from '../../src/model/deployment.ts';
import type { BuildImageStep, StepResult } from '../../src/model/step.ts';
import { type BuildContext, buildImages } from '../../src/workers/build-images.ts';
import { commitOf, createWorld } from './deploy-world.ts';

const stepOf = (name: string): BuildImageStep => ({
  kind: 'build-image',
  name,
  host: 'one',
  reason: 'not built yet',
  inputs: 'a'.repeat(64),
  tags: [name],
  context: { source: 'config', commit: 'c'.repeat(40), folder: '' },
  dockerfile: 'Dockerfile',
  args: {},
});

interface Options {
  /** A wave each: children come after their parents. */
  readonly waves: readonly (readonly string[])[];
  readonly fails?: (name: string) => StepResult | Error | undefined;
  readonly history?: readonly DeploymentRecord[];
  readonly mistakes?: readonly string[];
  readonly hostless?: boolean;
}

/** An environment at commit `a` with images that nobody has built. */
function createBuilds({ waves, fails = () => undefined, history = [], mistakes = [], hostless = false }: Options) {
  const world = createWorld();
  world.push('a');
  const built = new Set<string>();
  const logs: string[] = [];
  let frozen = false;
  const context: BuildContext = {
    ...world.context,
    revisions: {
      ...world.context.revisions,
      images: async () => {
        const names = waves.find((wave) => wave.some((name) => !built.has(name))) ?? [];
        return {
          differences: names
            .filter((name) => !built.has(name))
            .map((name) => (hostless ? { kind: 'build-image', name, host: '', reason: '' } : { ...stepOf(name), step: stepOf(name) })),
          issues: mistakes.map((message) => ({ file: 'windlass.yaml', line: 1, column: 1, message })),
        };
      },
    },
    runStep: async ({ step, deployment }) => {
      const failure = fails(step.name);
      logs.push(`${step.name} into ${deployment}`);
      if (failure instanceof Error) throw failure;
      if (failure) return failure;
      built.add(step.name);
      return { ok: true, ms: 1 };
    },
    deploying: async () => false,
    frozen: async () => frozen,
    history: async () => [...history, ...world.records().toReversed()],
  };
  return {
    ...world,
    logs,
    freeze: () => {
      frozen = true;
    },
    build: (trigger: Trigger = 'push') => buildImages({ environment: 'staging', trigger }, context, new AbortController().signal),
  };
}

const told = ({ app, state, message, steps }: DeploymentRecord) => ({
  app,
  state,
  message,
  steps: steps.map((step) => `${step.name} ${step.state}`),
});
const no: StepResult = { ok: false, ms: 1, error: { code: 'build', message: 'cannot build', output: 'step 1\nError: no such package' } };

test('images that no application waits for have an entry of their own, and their logs a place', async (t) => {
  const { build, records, logs } = createBuilds({ waves: [['base:latest'], ['tool:latest', 'other:latest']] });
  await build();
  t.deepEqual(records().map(told), [
    {
      app: unclaimedImages,
      state: 'succeeded',
      message: '',
      steps: ['base:latest succeeded', 'tool:latest succeeded', 'other:latest succeeded'],
    },
  ]);
  t.deepEqual(logs, ['base:latest into d0', 'tool:latest into d0', 'other:latest into d0']);
});

test('where all is built there is no entry', async (t) => {
  const { build, records } = createBuilds({ waves: [] });
  await build();
  t.deepEqual(records(), []);
});

test('a failed one says what the tool said, and keeps nothing else of its wave from being built', async (t) => {
  const { build, records } = createBuilds({
    waves: [['base:latest', 'tool:latest'], ['child:latest']],
    fails: (name) => (name === 'base:latest' ? no : undefined),
  });
  await build();
  t.deepEqual(records().map(told), [
    {
      app: unclaimedImages,
      state: 'failed',
      message: 'base:latest: cannot build: Error: no such package',
      steps: ['base:latest failed', 'tool:latest succeeded'],
    },
  ]);
  t.is(records()[0]?.steps[0]?.error, 'cannot build\nstep 1\nError: no such package');
});

test('what an application could not build of the same revision is not tried and told a second time', async (t) => {
  const steps = [{ kind: 'build-image', name: 'base:latest', host: 'one', reason: '', state: 'failed' }] as const;
  const failed: DeploymentRecord = {
    id: 'shop-1',
    environment: 'staging',
    app: 'shop',
    commit: commitOf('a'),
    trigger: 'push',
    state: 'failed',
    message: 'base:latest: cannot build',
    startedAt: '',
    steps: [...steps],
  };
  const { build, logs } = createBuilds({ waves: [['base:latest', 'tool:latest']], history: [failed] });
  await build();
  t.deepEqual(logs, ['tool:latest into d0']);
  const older = createBuilds({ waves: [['base:latest']], history: [{ ...failed, commit: commitOf('b') }] });
  await older.build();
  t.deepEqual(older.logs, ['base:latest into d0'], 'another revision is another matter');
});

test('a build whose host goes away goes on in the same entry', async (t) => {
  let away = true;
  const lost: StepResult = { ok: false, ms: 1, error: { code: 'host-lost', message: 'the agent of one is gone' } };
  const { build, records } = createBuilds({ waves: [['tool:latest']], fails: () => (away ? lost : undefined) });
  await t.throwsAsync(build(), { message: /the agent of one is gone/ });
  t.is(records()[0]?.state, 'running');
  away = false;
  await build();
  t.deepEqual(records().map(told), [
    { app: unclaimedImages, state: 'succeeded', message: '', steps: ['tool:latest failed', 'tool:latest succeeded'] },
  ]);
});

test('without a host that builds they are tried again later', async (t) => {
  const { build, records } = createBuilds({ waves: [['tool:latest']], hostless: true });
  const error = await t.throwsAsync(build(), { message: /no host can build tool:latest/ });
  t.like(error, { permanent: false });
  t.deepEqual(records(), []);
});

test('mistakes that no application can tell of are told here', async (t) => {
  const alone = createBuilds({ waves: [], mistakes: ['there is no Dockerfile'] });
  await alone.build();
  t.deepEqual(alone.records().map(told), [
    { app: unclaimedImages, state: 'failed', message: 'windlass.yaml:1:1: there is no Dockerfile', steps: [] },
  ]);
});

test('a freeze ends the entry of builds that it stopped', async (t) => {
  const builds = createBuilds({
    waves: [['base:latest'], ['tool:latest']],
    fails: () => {
      builds.freeze();
      return undefined;
    },
  });
  await builds.build();
  t.deepEqual(builds.records().map(told), [
    { app: unclaimedImages, state: 'superseded', message: 'staging was frozen', steps: ['base:latest succeeded'] },
  ]);
});

test('a failed image is tried again by a push or a person, not by each start', async (t) => {
  const { build, logs } = createBuilds({ waves: [['tool:latest']], fails: () => no });
  await build();
  await build('poll');
  t.is(logs.length, 1);
  await build('manual');
  t.is(logs.length, 2);
});
