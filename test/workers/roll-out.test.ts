import test from 'ava';
import fc from 'fast-check';
import type { UpdatePolicy } from '../../src/model/application.ts';
import type { StepResult } from '../../src/model/step.ts';
import type { Word } from '../../src/model/step-progress.ts';
import { callFor } from '../../src/planning/failures.ts';
import { type RollOut, type RollOutHands, rollOut } from '../../src/workers/roll-out.ts';
import { aPush } from '../support/a-push.ts';

const update = { order: 'start-first', parallelism: 1, delayMs: 0, monitorMs: 0, maxFailureRatio: 0, failureAction: 'rollback' } as const;
const web = (count: number) => Array.from({ length: count }, (_, index) => ({ service: 'web', step: aPush(`web-${index + 1}`) }));
const paced = (policy: Partial<UpdatePolicy>): Omit<RollOut, 'pushes' | 'later'> => {
  const paces = [{ name: 'web', replicas: 8, update: { ...update, ...policy } }];
  return {
    paces,
    careful: false,
    onAccepted: () => {},
    onRefused: () => {},
    enough: async (failed) =>
      callFor(
        failed.map(({ name }) => ({ name, service: 'web' })),
        paces,
      ) !== undefined,
  };
};
const failure = (code = 'refused'): StepResult => ({ ok: false, ms: 0, error: { code, message: 'no' } });

interface World {
  /** Names of containers that refuse their files, that fail once they have swapped, and whose agent is lost. */
  readonly refuse?: readonly string[];
  readonly break?: readonly string[];
  readonly lose?: readonly string[];
  /** Those that nobody holds any longer once somebody has swapped and the wait behind it begins. */
  readonly impatient?: readonly string[];
}

/** Containers that stage, wait for their word, swap and verify, each in turns of its own; `log` says in which order. */
function world({ refuse = [], break: broken = [], lose = [], impatient = [] }: World) {
  const log: string[] = [];
  const waiting = new Map<string, () => void>();
  const swapped = new Set<string>();
  const hands: RollOutHands = {
    run: async ({ name }, { onHeld, onVerified }) => {
      await turns(name);
      if (lose.includes(name)) return failure('host-lost');
      if (refuse.includes(name)) return failure();
      log.push(`${name} accepts`);
      const word = await new Promise<Word>((resolve) => {
        const say = async (said: Word) => resolve(said);
        if (impatient.includes(name)) waiting.set(name, () => resolve('release'));
        onHeld(say);
        onHeld(say);
      });
      if (word === 'release') {
        log.push(`${name} released`);
        return { ok: true, ms: 0, released: true };
      }
      log.push(`${name} swaps`);
      await turns(name);
      if (broken.includes(name)) return { ...failure('install'), undone: true };
      swapped.add(name);
      onVerified();
      await turns(name);
      return { ok: true, ms: 0 };
    },
    wait: async (ms) => {
      log.push(`wait ${ms}`);
      for (const release of waiting.values()) release();
      await turns('a while');
      await turns('longer than anybody takes');
    },
  };
  return { hands, log, swapped };
}

/** Every container takes its own time. */
async function turns(name: string) {
  for (let left = name.length + (name.charCodeAt(name.length - 1) % 7); left > 0; left--) await null;
}

test('all accept before the first swaps, and each waits for the one before it', async (t) => {
  const { hands, log } = world({});
  await rollOut({ pushes: web(3), later: [], ...paced({ delayMs: 7 }) }, hands);
  const swaps = log.filter((line) => !line.endsWith('accepts'));
  t.deepEqual(swaps, ['web-1 swaps', 'wait 7', 'web-2 swaps', 'wait 7', 'web-3 swaps']);
  t.true(log.findLastIndex((line) => line.endsWith('accepts')) < log.indexOf('web-1 swaps'));
});

test('nobody waits for those that were released before their turn, and one delay stands behind the last that swapped', async (t) => {
  const { hands, log } = world({ impatient: ['web-3', 'web-4', 'web-5'] });
  const results = await rollOut({ pushes: web(5), later: [], ...paced({ delayMs: 7 }) }, hands);
  t.deepEqual(
    log.filter((line) => /swaps|wait/.test(line)),
    ['web-1 swaps', 'wait 7', 'web-2 swaps', 'wait 7'],
  );
  t.deepEqual(
    results.map(({ result }) => result.released ?? false),
    [false, false, true, true, true],
  );
});

test('one that refuses leaves all of them as they were', async (t) => {
  const { hands, swapped } = world({ refuse: ['web-3'] });
  const results = await rollOut({ pushes: web(3), later: [], ...paced({}) }, hands);
  t.is(swapped.size, 0);
  t.deepEqual(
    results.map(({ result }) => result.released ?? result.ok),
    [true, true, false],
  );
});

test('those whose turn comes later have to accept too, and are released', async (t) => {
  const later = [aPush('web-8'), aPush('web-9')];
  const fine = world({});
  await rollOut({ pushes: web(1), later, ...paced({}) }, fine.hands);
  t.deepEqual([...fine.swapped], ['web-1']);
  t.true(fine.log.includes('web-9 released'));
  const refusing = world({ refuse: ['web-9'] });
  await rollOut({ pushes: web(1), later, ...paced({}) }, refusing.hands);
  t.is(refusing.swapped.size, 0);
});

test('a failure ends the rounds: who has not swapped is released', async (t) => {
  const { hands, swapped } = world({ break: ['web-2'] });
  const results = await rollOut({ pushes: web(4), later: [], ...paced({}) }, hands);
  t.deepEqual([...swapped], ['web-1']);
  t.deepEqual(
    results.map(({ result }) => (result.released ? 'released' : result.ok)),
    [true, false, 'released', 'released'],
  );
});

test('a host that is lost holds up nobody', async (t) => {
  const { hands, swapped } = world({ lose: ['web-1'] });
  const results = await rollOut({ pushes: web(3), later: [], ...paced({}) }, hands);
  t.deepEqual([...swapped], ['web-2', 'web-3']);
  t.is(results[0]?.result.error?.code, 'host-lost');
});

test('whatever fails, nobody is left waiting, and no more swap than the policy lets fail', async (t) => {
  const some = fc.uniqueArray(
    fc.integer({ min: 1, max: 8 }).map((index) => `web-${index}`),
    { maxLength: 8 },
  );
  const policies = fc.record({
    parallelism: fc.integer({ min: 0, max: 4 }),
    maxFailureRatio: fc.constantFrom(0, 0.3, 1),
    failureAction: fc.constantFrom('rollback' as const, 'pause' as const, 'continue' as const),
  });
  await fc.assert(
    fc.asyncProperty(some, some, some, policies, async (refuse, broken, lose, policy) => {
      const { hands, swapped, log } = world({ refuse, break: broken, lose });
      const results = await rollOut({ pushes: web(8), later: [], ...paced({ ...policy }) }, hands);
      t.is(results.length, 8);
      const refused = refuse.filter((name) => !lose.includes(name));
      if (refused.length > 0) t.false(log.some((line) => line.endsWith('swaps')));
      else if (policy.failureAction === 'continue') t.is(swapped.size, 8 - new Set([...broken, ...lose]).size);
    }),
  );
});
