import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import type { EngineEvent } from '../../src/docker/engine.ts';
import { type FollowDependencies, followEngine } from '../../src/inventory/follow-engine.ts';
import { silentLog } from '../../src/log.ts';

/** An engine whose stream is in the test's hands, and a follower whose looks last until they are let go. */
function follow(over: Partial<FollowDependencies> = {}) {
  const done: string[] = [];
  let release = () => {};
  let held = Promise.resolve();
  let say: (event: EngineEvent) => void = () => {};
  let breakOff = () => {};
  let opened = () => {};
  const opening = () =>
    new Promise<void>((resolve) => {
      opened = resolve;
    });
  let open = opening();
  const look = (what: string) => async () => {
    done.push(what);
    await held;
  };
  const follower = followEngine({
    engine: {
      events: (onEvent, signal, onOpen) =>
        new Promise((resolve, reject) => {
          say = onEvent;
          breakOff = () => reject(new Error('gone'));
          signal.addEventListener('abort', () => resolve());
          onOpen?.();
          opened();
        }),
    },
    concerns: ({ type, id }) => (type === 'container' ? id : undefined),
    onDestroy: (id) => look(`destroy ${id}`)(),
    onContainers: (ids) => look(ids.join(' '))(),
    onImages: look('images'),
    onGap: look('all'),
    onOpen: () => done.push('open'),
    onBroken: () => done.push('broken'),
    log: silentLog,
    ...over,
  });
  return {
    done,
    close: () => follower.close(),
    event: (action: string, id: string, type = 'container') => say({ type, action, id, attributes: {}, at: 0 }),
    hold: () => {
      held = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    reopened: async () => {
      open = opening();
      breakOff();
      await open;
    },
    quiet: async () => {
      for (let turns = 0; turns < 20; turns++) await turn();
    },
  };
}

test('what happens to a container while another is looked at is looked at once, with all else that happened meanwhile', async (t) => {
  const { done, event, hold, release, quiet, close } = follow();
  await quiet();
  hold();
  event('rename', 'a');
  await quiet();
  for (let n = 0; n < 200; n++) event('rename', 'b');
  event('die', 'c');
  event('start', 'c');
  event('destroy', 'd');
  event('pull', 'busybox', 'image');
  event('connect', 'bridge', 'network');
  release();
  await quiet();
  t.deepEqual(done, ['open', 'all', 'a', 'destroy d', 'images', 'b c d']);
  await close();
});

test('a stream that broke off is opened again, and everything listed, for events may have been missed', async (t) => {
  const { done, event, reopened, quiet, close } = follow();
  await quiet();
  await reopened();
  event('die', 'a');
  await quiet();
  t.deepEqual(done, ['open', 'all', 'broken', 'open', 'all', 'a']);
  await close();
});

test('what could not be looked at is made up by listing everything', async (t) => {
  const trouble = [new Error('the engine is away')];
  const { done, event, quiet, close } = follow({
    onContainers: async () => {
      const [error] = trouble.splice(0);
      if (error) throw error;
    },
  });
  await quiet();
  event('die', 'a');
  while (done.length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
  t.deepEqual(done, ['open', 'all', 'all']);
  await close();
});
