import test from 'ava';
import { createRefresh } from '../../src/controller/refresh.ts';
import type { WantedRecord } from '../../src/queue/wanted.ts';

test('what a fetch finds that a person waits for is raised as found: other environments were not asked for', async (t) => {
  const raised: string[] = [];
  const handled = new Map<string, number>();
  const refresh = createRefresh(
    () => ['code'],
    {
      raise: async (target, { trigger }) => {
        raised.push(`${target} by ${trigger}`);
        return 1;
      },
      read: async (target) => ({ handled: handled.get(target) ?? 0 }) as WantedRecord,
    },
    { wake: async (_queue, key) => void handled.set(`source:${key}`, 1) },
  );
  await refresh();
  t.deepEqual(raised, ['source:config by poll', 'source:code by poll']);
});
