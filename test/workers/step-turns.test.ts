import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createFenceGuard } from '../../src/workers/fence-guard.ts';
import { createStepTurns } from '../../src/workers/step-turns.ts';

const never = new AbortController().signal;

/** A piece of work that ends when told, or when its signal says so. */
function work(log: string[], name: string) {
  let end = () => {};
  const act = (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      log.push(`${name} begins`);
      end = () => {
        log.push(`${name} ends`);
        resolve(name);
      };
      signal.addEventListener('abort', () => {
        log.push(`${name} is stopped`);
        reject(signal.reason);
      });
    });
  return { act, end: () => end() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('two steps of one container take turns, those of two containers run side by side', async (t) => {
  const log: string[] = [];
  const turns = createStepTurns();
  const [a, b, other] = [work(log, 'a'), work(log, 'b'), work(log, 'other')];
  const fence = { target: 'staging/shop', token: 1 };
  const first = turns.run(fence, 'web-1', never, a.act);
  const second = turns.run(fence, 'web-1', never, b.act);
  const third = turns.run(fence, 'web-2', never, other.act);
  await turn();
  t.deepEqual(log, ['a begins', 'other begins']);
  a.end();
  await first;
  await turn();
  b.end();
  other.end();
  await Promise.all([second, third]);
  t.deepEqual(log, ['a begins', 'other begins', 'a ends', 'b begins', 'b ends', 'other ends']);
});

test('a newer run stops what an older one still does before it begins, and leaves other applications alone', async (t) => {
  const log: string[] = [];
  const turns = createStepTurns();
  const [old, elsewhere, fresh] = [work(log, 'old'), work(log, 'elsewhere'), work(log, 'new')];
  const older = turns.run({ target: 'staging/shop', token: 1 }, 'web-1', never, old.act);
  const apart = turns.run({ target: 'staging/blog', token: 1 }, 'web-1', never, elsewhere.act);
  await turn();
  const newer = turns.run({ target: 'staging/shop', token: 2 }, 'web-2', never, fresh.act);
  await t.throwsAsync(older, { message: /newer run has taken over staging\/shop/ });
  await turn();
  t.deepEqual(log, ['old begins', 'elsewhere begins', 'old is stopped', 'new begins']);
  fresh.end();
  elsewhere.end();
  await Promise.all([newer, apart]);
});

test('an older run is refused, also after a restart of the agent', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-fence-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const guard = await createFenceGuard(directory);
  await guard.pass({ target: 'staging/shop', token: 7 });
  await guard.pass({ target: 'staging/shop', token: 7 });
  await t.throwsAsync(guard.pass({ target: 'staging/shop', token: 6 }), { code: 'fenced' } as never);
  const restarted = await createFenceGuard(directory);
  await t.throwsAsync(restarted.pass({ target: 'staging/shop', token: 6 }), { message: /newer run/ });
  await restarted.pass({ target: 'staging/blog', token: 1 });
  t.pass();
});
