import { PassThrough } from 'node:stream';
import test from 'ava';
import { createSession, type Session } from '../../src/cli/session.ts';

/** A session whose user, on a terminal or not, types `typed`. */
function session(typed: string, isTTY = true): { readonly session: Session; asked(): string } {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(typed);
  const interrupted = () => new AbortController().signal;
  const io = { env: {}, stdin: Object.assign(stdin, { isTTY }), stdout, stderr, interrupted };
  return { session: createSession(io), asked: () => String(stderr.read() ?? '') };
}

const agrees = (typed: string) =>
  test(`${JSON.stringify(typed)} agrees`, async (t) => {
    const { session: one, asked } = session(typed);
    await t.notThrowsAsync(one.confirm('deploy staging?', false));
    t.is(asked(), 'deploy staging? [y/N] ');
  });
agrees('y\n');
agrees('YES\n');

const refuses = (typed: string) =>
  test(`${JSON.stringify(typed)} refuses`, async (t) => {
    await t.throwsAsync(session(typed).session.confirm('deploy staging?', false), { message: 'nothing was done' });
  });
refuses('\n');
refuses('n\n');
refuses('yesterday\n');
refuses('');

test('nobody is asked who said yes, or who has no terminal', async (t) => {
  const said = session('n\n');
  await said.session.confirm('deploy staging?', true);
  const piped = session('n\n', false);
  await piped.session.confirm('deploy staging?', false);
  t.is(said.asked() + piped.asked(), '');
});
