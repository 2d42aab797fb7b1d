import test from 'ava';
import { silentLog } from '../../src/log.ts';
import type { LogLine } from '../../src/model/documents.ts';
import { createJoinLog } from '../../src/workers/join-log.ts';

const line = (step: string, text: string): LogLine => ({ at: '2026-01-01T00:00:00Z', step, line: text });

/** Logs by deployment, read two lines at a time. */
function logs(first: readonly LogLine[]) {
  const kept = new Map<string, LogLine[]>([['first', [...first]]]);
  const joinLog = createJoinLog({
    read: async (id, from) => {
      const lines = (kept.get(id) ?? []).slice(from, from + 2);
      return { lines, next: from + lines.length };
    },
    append: async (id, lines) => void kept.set(id, [...(kept.get(id) ?? []), ...lines]),
    pauseMs: 5,
    log: silentLog,
  });
  return { kept, joinLog, of: (id: string) => kept.get(id)?.map(({ line: text }) => text) };
}

test('the lines of the step are all there once it has ended, those from before it was joined among them', async (t) => {
  const { kept, joinLog, of } = logs([line('web', 'one'), line('db', 'other'), line('web', 'two')]);
  const joined = joinLog({ from: 'first', to: 'second', step: 'web' });
  while (of('second')?.length !== 2) await new Promise(setImmediate);
  kept.get('first')?.push(line('web', 'three'), line('web', 'four'), line('web', 'five'));
  await joined.stop();
  t.deepEqual(of('second'), ['one', 'two', 'three', 'four', 'five']);
});

test('a deployment does not read itself', async (t) => {
  const { joinLog, of } = logs([line('web', 'one')]);
  await joinLog({ from: 'first', to: 'first', step: 'web' }).stop();
  t.deepEqual(of('first'), ['one']);
});

test('what cannot be read costs lines, and no more', async (t) => {
  const read = async () => Promise.reject(new Error('Redis is away'));
  const joinLog = createJoinLog({ read, append: async () => {}, pauseMs: 5, log: silentLog });
  await t.notThrowsAsync(joinLog({ from: 'first', to: 'second', step: 'web' }).stop());
});
