import test from 'ava';
import { runUntilStopped } from '../../src/cli/commands/run-until-stopped.ts';
import type { Session } from '../../src/cli/session.ts';
import { readSettings } from '../../src/settings.ts';

/** A session at a terminal, of a process that gets a signal when the test says so. */
function session(terminal = true): { readonly session: Session; readonly notes: string[]; stop(): void } {
  const interruption = new AbortController();
  const notes: string[] = [];
  const settings = readSettings({ HOME: '/nonexistent', WINDLASS_LOG_LEVEL: 'silent' });
  const io = { interrupted: () => interruption.signal, stderr: { isTTY: terminal } };
  return {
    session: { io, settings: () => settings, note: (text: string) => notes.push(text) } as unknown as Session,
    notes,
    stop: () => interruption.abort(),
  };
}

test('a process says where it listens, and is closed once at a signal', async (t) => {
  const { session: one, notes, stop } = session();
  let closed = 0;
  await runUntilStopped(one, 'controller', async () => {
    setImmediate(stop);
    return { url: 'http://127.0.0.1:8420', close: async () => void closed++ };
  });
  t.is(closed, 1);
  t.true(notes[0]?.includes('http://127.0.0.1:8420'));
});

test('what is no terminal gets no line that is not JSON', async (t) => {
  const { session: one, notes, stop } = session(false);
  await runUntilStopped(one, 'controller', async () => {
    setImmediate(stop);
    return { url: 'http://127.0.0.1:8420', close: async () => {} };
  });
  t.deepEqual(notes, []);
});

test('a signal during the start closes what has been started', async (t) => {
  const { session: one, stop } = session();
  let closed = 0;
  await runUntilStopped(one, 'agent', async () => {
    stop();
    return { close: async () => void closed++ };
  });
  t.is(closed, 1);
});

test('a start that fails is the command that fails', async (t) => {
  const { session: one } = session();
  await t.throwsAsync(
    runUntilStopped(one, 'up', async () => {
      throw new Error('port 8420 is taken');
    }),
    { message: 'port 8420 is taken' },
  );
});
