import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { createLog, withLogFields } from '../src/log.ts';

test("what is logged while a step is done says whose step it is, and side by side none takes for its own what is another one's", async (t) => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) });
  const step = (push: string, image: string) =>
    withLogFields({ pushes: [push] }, async () => {
      await setImmediate();
      log.info({ image }, 'image built');
      await withLogFields({ deployment: `d-${push}` }, async () => log.child({ host: 'web-1' }).warn({}, 'deeper'));
    });
  await Promise.all([step('one', 'base'), step('two', 'web')]);
  log.info({}, 'afterwards');
  const told = lines.map(({ msg, image, pushes, deployment, host }) => ({ msg, image, pushes, deployment, host }));
  t.deepEqual(
    told.filter(({ msg }) => msg === 'image built'),
    [
      { msg: 'image built', image: 'base', pushes: ['one'], deployment: undefined, host: undefined },
      { msg: 'image built', image: 'web', pushes: ['two'], deployment: undefined, host: undefined },
    ],
  );
  t.deepEqual(
    told.find(({ deployment }) => deployment === 'd-two'),
    {
      msg: 'deeper',
      image: undefined,
      pushes: ['two'],
      deployment: 'd-two',
      host: 'web-1',
    },
  );
  t.is(told.at(-1)?.pushes, undefined);
});

test('what a line says itself comes before what it is a part of', (t) => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) });
  withLogFields({ deployment: 'outer' }, () => log.info({ deployment: 'own' }, 'step ended'));
  t.is(lines[0]?.deployment, 'own');
});
