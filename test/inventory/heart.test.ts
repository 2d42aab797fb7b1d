import test from 'ava';
import { createBeat } from '../../src/inventory/heart.ts';

const facts = { name: 'one', address: '192.0.2.1', labels: {}, cpus: 1, memory: 1, engine: '20', session: 's' };

/** A heart that beats when it is told to, and what it said. */
function beating() {
  let time = 0;
  const said: string[] = [];
  const engine = { reached: true, listed: true };
  const redis = { knows: true };
  const beat = createBeat({
    store: {
      beat: async () => {
        said.push('beat');
        return redis.knows;
      },
      writeFacts: async () => void said.push('facts'),
      tell: async () => void said.push('tell'),
    },
    facts,
    endings: { settle: async () => {} },
    vitals: () => ({ version: '0', residentBytes: 0, lagSeconds: 0 }),
    engine: { isReached: () => engine.reached, isListed: () => engine.listed },
    refreshAll: async () => void said.push('list'),
    now: () => time,
  });
  return {
    engine,
    redis,
    /** What it says in the next five seconds. */
    next: async () => {
      said.length = 0;
      time += 5_000;
      await beat();
      return said.join(' ');
    },
  };
}

test('a host lives on while its containers are listed, however long that takes', async (t) => {
  const { engine, next } = beating();
  engine.listed = false;
  for (let beats = 0; beats < 10; beats++) t.is(await next(), 'beat');
});

test('one that was lost comes back with what is there, and says so', async (t) => {
  const { engine, next } = beating();
  Object.assign(engine, { reached: false, listed: false });
  for (let beats = 0; beats < 3; beats++) t.is(await next(), '');
  engine.reached = true;
  t.is(await next(), '', 'nobody is to see what was there before the engine went away');
  engine.listed = true;
  t.is(await next(), 'beat tell');
  t.is(await next(), 'beat');
});

test('where Redis knows nothing of it any more it joins with all that it has', async (t) => {
  const { redis, next } = beating();
  redis.knows = false;
  t.is(await next(), 'beat list facts tell');
  redis.knows = true;
  t.is(await next(), 'beat');
});
