import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { tellLostState } from '../../src/controller/lost-state.ts';
import type { Log } from '../../src/log.ts';
import { silentLog } from '../../src/log.ts';
import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';

/** Looks out over these containers, then over those of each further change; the numbers that were warned of. */
async function lookOut(fresh: boolean, history: readonly string[], ...pictures: readonly (readonly Partial<ContainerRecord>[])[]) {
  const warned: unknown[] = [];
  const left = [...pictures];
  const never = new Promise<void>(() => {});
  const end = tellLostState({
    fresh,
    hosts: async () => [{ containers: left.shift() ?? [] } as unknown as HostRecord],
    isInHistory: async (environment, app) => history.includes(`${environment}/${app}`),
    watch: { change: () => (left.length > 0 ? Promise.resolve() : never) },
    log: { ...silentLog, warn: (fields: object) => warned.push(fields) } as unknown as Log,
  });
  while (left.length > 0 && fresh && warned.length === 0) await setImmediate();
  await setImmediate();
  end();
  return warned;
}

const web = { environment: 'staging', app: 'shop', spec: 'abc' };

test('containers of which an empty Redis knows nothing are told of once', async (t) => {
  t.deepEqual(await lookOut(true, [], [], [web, web], [web, web]), [{ containers: 2 }]);
});

test('containers that the first deployments make are no surprise, strangers neither', async (t) => {
  const { spec: _, ...stranger } = web;
  t.deepEqual(await lookOut(true, ['staging/shop'], [], [web, stranger], [web]), []);
});

test('a Redis that knows its environments is not looked at', async (t) => {
  t.deepEqual(await lookOut(false, [], [web]), []);
});
