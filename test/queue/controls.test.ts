import test from 'ava';
import { createControls } from '../../src/queue/controls.ts';
import type { Redis } from '../../src/queue/redis.ts';

test('whoever continues a canary, a person or the end of its pause, nothing that has failed is tried again', async (t) => {
  const triggers: unknown[] = [];
  const redis = {
    eval: async (_script: string, keys: number, ...rest: readonly unknown[]) => void triggers.push(rest[keys]),
  } as unknown as Redis;
  const controls = createControls(redis);
  const said = { revision: { commit: 'b'.repeat(40), sources: {} }, at: '2026-01-01T00:00:00Z' };
  await controls.continueCanary('production', 'shop', said);
  await controls.continueCanary('production', 'shop', { ...said, by: 'alice' });
  t.deepEqual(triggers, ['poll', 'poll']);
});
