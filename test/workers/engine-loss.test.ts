import test from 'ava';
import { unlessEngineLost } from '../../src/workers/engine-loss.ts';

const failed = (code: string) => ({ ok: false, ms: 7, error: { code, message: 'it went wrong' } });

/** What a step's result becomes with an engine that has broken off so often since, and does not answer the first few times. */
async function told(result: Parameters<typeof unlessEngineLost>[0], { losses = 0, silent = 0 } = {}) {
  let asked = 0;
  const inventory = {
    engineLosses: () => ({ all: losses, listed: losses }),
    refreshAll: async () => {
      asked += 1;
      if (asked <= silent) throw new Error('no answer');
    },
  };
  const after = await unlessEngineLost(result, { listedBefore: 0, inventory, signal: new AbortController().signal });
  return { code: after.ok ? 'ok' : after.error?.code, asked };
}

test('a step fails as it did while its engine is there', async (t) => {
  t.deepEqual(await told({ ok: true, ms: 1 }, { losses: 1 }), { code: 'ok', asked: 0 });
  t.deepEqual(await told(failed('refused')), { code: 'refused', asked: 0 });
  t.deepEqual(await told(failed('docker')), { code: 'docker', asked: 1 });
});

test('a step whose engine went away is planned again, once everything has been listed', async (t) => {
  t.deepEqual(await told(failed('verify'), { losses: 1 }), { code: 'host-lost', asked: 1 });
  t.deepEqual(await told(failed('docker'), { silent: 1 }), { code: 'host-lost', asked: 2 });
});
