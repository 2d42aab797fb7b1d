import test from 'ava';
import type { BuildImageStep, StepResult } from '../../src/model/step.ts';
import { buildOnce } from '../../src/workers/build-images.ts';
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

/** A builder that ends each build when told. */
function createBuilder() {
  const ends: ((result: StepResult | Error) => void)[] = [];
  const run = () =>
    new Promise<StepResult>((resolve, reject) => {
      ends.push((result) => (result instanceof Error ? reject(result) : resolve(result)));
    });
  return { ends, once: buildOnce(run) };
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

test('where the first was stopped the second builds', async (t) => {
  const { ends, once } = createBuilder();
  const [first, second] = [once(request()), once(request())];
  ends[0]?.(new Error('superseded'));
  await t.throwsAsync(first);
  await new Promise((resolve) => setImmediate(resolve));
  t.is(ends.length, 2);
  ends[1]?.({ ok: true, ms: 1 });
  t.deepEqual(await second, { ok: true, ms: 1 });
});
