import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { createKeyedGuard } from '../../src/queue/keyed-guard.ts';
import { createSlots } from '../../src/queue/slots.ts';

test('equal keys run one at a time and in order, whatever fails among them', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), turns: fc.nat(3), fails: fc.boolean() })), async (jobs) => {
      const guard = createKeyedGuard();
      const running = new Set<string>();
      const order = new Map<string, number[]>();
      await Promise.allSettled(
        jobs.map(({ key, turns, fails }, n) =>
          guard.run(key, async () => {
            t.false(running.has(key));
            running.add(key);
            for (let i = 0; i < turns; i++) await turn();
            running.delete(key);
            order.set(key, [...(order.get(key) ?? []), n]);
            if (fails) throw new Error('fails');
          }),
        ),
      );
      for (const [key, numbers] of order)
        t.deepEqual(
          numbers,
          jobs.flatMap((job, n) => (job.key === key ? [n] : [])),
        );
    }),
    { numRuns: 50 },
  );
});

test('slots bound how many run and run all of them', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean(), { maxLength: 20 }), async (count, jobs) => {
      const slots = createSlots(count);
      let running = 0;
      let ran = 0;
      await Promise.allSettled(
        jobs.map((fails) =>
          slots.run(async () => {
            t.true(++running <= count);
            await turn();
            running--;
            ran++;
            if (fails) throw new Error('fails');
          }),
        ),
      );
      t.is(ran, jobs.length);
    }),
    { numRuns: 50 },
  );
});
