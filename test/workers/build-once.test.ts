import test from 'ava';
import type { BuildImageStep, StepResult } from '../../src/model/step.ts';
import { abandonSuperseded } from '../../src/workers/abandon-superseded.ts';
import { buildOnce, type JoinLog } from '../../src/workers/build-once.ts';
import type { StepRequest } from '../../src/workers/deploy-context.ts';

const step: BuildImageStep = {
  kind: 'build-image',
  name: 'web:latest',
  host: 'one',
  reason: 'not built yet',
  inputs: 'a'.repeat(64),
  tags: ['web:latest'],
  context: { source: 'config', commit: 'c'.repeat(40), folder: '' },
  dockerfile: 'Dockerfile',
  args: {},
};
const request = (): StepRequest => ({
  step,
  fence: { target: 'staging/shop', token: 1 },
  deployment: 'd',
  signal: new AbortController().signal,
});

const unread: JoinLog = () => ({ stop: async () => {} });

/** A builder that ends each build when told. */
function createBuilder(joinLog = unread) {
  const ends: ((result: StepResult | Error) => void)[] = [];
  const run = () =>
    new Promise<StepResult>((resolve, reject) => {
      ends.push((result) => (result instanceof Error ? reject(result) : resolve(result)));
    });
  return { ends, once: buildOnce(run, joinLog) };
}

test('two who need the same image share one build; the second has built nothing', async (t) => {
  const { ends, once } = createBuilder();
  const [first, second] = [once(request()), once(request())];
  t.is(ends.length, 1);
  ends[0]?.({ ok: true, ms: 5 });
  t.deepEqual(await first, { ok: true, ms: 5 });
  t.deepEqual(await second, { ok: true, ms: 5, skipped: true });
});

test('both hear of a failed build, and it is tried afresh the next time', async (t) => {
  const { ends, once } = createBuilder();
  const [first, second] = [once(request()), once(request())];
  ends[0]?.({ ok: false, ms: 5, error: { code: 'build', message: 'no' } });
  t.false((await first).ok);
  t.false((await second).ok);
  void once(request());
  t.is(ends.length, 2);
});

test('the build goes on for the second where the first was stopped, and ends with the last', async (t) => {
  const stops = [new AbortController(), new AbortController()];
  const builds: AbortSignal[] = [];
  const once = buildOnce(({ signal }) => {
    builds.push(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }, unread);
  const [first, second] = stops.map(({ signal }) => once({ ...request(), signal }));
  stops[0]?.abort(new Error('superseded'));
  await t.throwsAsync(async () => first, { message: 'superseded' });
  t.deepEqual(
    builds.map(({ aborted }) => aborted),
    [false],
  );
  stops[1]?.abort(new Error('superseded too'));
  await t.throwsAsync(async () => second, { message: 'superseded too' });
  t.true(builds[0]?.aborted);
});

test('a build that no newest revision needs any more is abandoned, and what was never one is not', async (t) => {
  let needed = new Set([step.inputs]);
  let done = () => {};
  const run = ({ signal }: StepRequest) =>
    new Promise<StepResult>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      done = () => resolve({ ok: true, ms: 1 });
    });
  const abandoning = abandonSuperseded(run, { needs: async (inputs) => needed.has(inputs), pollMs: 5 });
  const building = abandoning(request());
  setTimeout(() => {
    needed = new Set();
  }, 20);
  t.like(await building, { ok: true, skipped: true });
  const back = abandoning(request());
  setTimeout(() => done(), 50);
  t.deepEqual(await back, { ok: true, ms: 1 }, 'a way back to an earlier revision');
});

test('who waits for a build of another deployment reads its log along, until it ends', async (t) => {
  const told: string[] = [];
  const { ends, once } = createBuilder(({ from, to, step: name }) => {
    told.push(`${to} reads ${name} of ${from}`);
    return { stop: async () => void told.push(`${to} stops`) };
  });
  const [first, second] = ['first', 'second'].map((deployment) => once({ ...request(), deployment }));
  ends[0]?.({ ok: false, ms: 5, error: { code: 'build', message: 'no' } });
  await Promise.all([first, second]);
  t.deepEqual(told, ['second reads web:latest of first', 'second stops']);
});
