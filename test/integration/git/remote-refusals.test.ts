import anyTest, { type ExecutionContext, type Implementation } from 'ava';
import { WindlassError } from '../../../src/errors.ts';
import { createGitServer, git } from '../../support/git-server.ts';
import { createRemote, waysToFetch } from '../../support/remote-repository.ts';

for (const { way, find } of waysToFetch) {
  const test = (title: string, implementation: Implementation<[]>) => anyTest(`${way}: ${title}`, implementation);
  const setup = (t: ExecutionContext, options?: Parameters<typeof createRemote>[2]) => createRemote(t, find, options);

  test('a token opens a private repository and is never in a message', async (t) => {
    const { server, open } = await setup(t, { password: 'right-token', token: 'right-token' });
    await open().fetch();
    t.is(server.requests[0]?.authorization, `Basic ${Buffer.from('oauth2:right-token').toString('base64')}`);
  });

  test('a wrong token is refused with the cure', async (t) => {
    const { server, open } = await setup(t, { password: 'right-token', token: 'wrong-token' });
    const error = await t.throwsAsync(open().fetch(), { instanceOf: WindlassError });
    t.is(error?.message, `${server.url('config')} refuses access (HTTP 401): check its token`);
  });

  test('credentials in the URL are used and never in a message', async (t) => {
    const { server, open } = await setup(t, { password: 'right-token' });
    const withPassword = (password: string) => server.url('config').replace('http://', `http://ops:${password}@`);
    await open(withPassword('right-token')).fetch();
    const error = await t.throwsAsync(open(withPassword('hunter2')).fetch(), { instanceOf: WindlassError });
    t.is(error?.message, `${server.url('config')} refuses access (HTTP 401): check its token`);
    t.is(open(withPassword('hunter2')).name, server.url('config'));
  });

  test('a repository that is not there is told', async (t) => {
    const { server, open } = await setup(t);
    await t.throwsAsync(open(server.url('none')).fetch(), { message: /is not there \(HTTP 404\): check its URL/ });
  });

  test('a Git host that is away is waited for, and the clone stays', async (t) => {
    const { server, open, repository } = await setup(t);
    const opened = open();
    await opened.fetch();
    server.intercept((_, response) => void response.writeHead(502).end());
    const bad = await t.throwsAsync(opened.fetch(), { instanceOf: WindlassError, message: /answers HTTP 502/ });
    t.false(bad?.permanent);
    server.intercept((request) => void request.destroy());
    const gone = await t.throwsAsync(opened.fetch(), { instanceOf: WindlassError, message: /^cannot reach http:\/\/127/ });
    t.false(gone?.permanent);
    const commit = await repository.git('rev-parse', 'HEAD');
    t.is((await opened.tree(commit)).length, 1);
    server.intercept(undefined);
    await opened.fetch();
  });

  test('a page that is no Git host is told', async (t) => {
    const { server, open } = await setup(t);
    server.intercept((_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>'));
    await t.throwsAsync(open().fetch(), { instanceOf: WindlassError, message: /does not answer like a Git host: check its URL/ });
  });

  test('a redirect to another host is refused, for the token would go there', async (t) => {
    const { server, open } = await setup(t, { token: 'secret-token' });
    const other = await createGitServer();
    t.teardown(other.close);
    server.intercept(
      (request, response) =>
        void response.writeHead(301, { location: `${other.url('x').replace('127.0.0.1', 'localhost')}${request.url}` }).end(),
    );
    await t.throwsAsync(open().fetch(), { message: /has moved to http:\/\/localhost:\d+\/x\.git\/config\.git: write the new URL/ });
    t.deepEqual(other.requests, []);
  });

  test('a redirect within the host is followed, by the transfer too', async (t) => {
    const { server, open, repository } = await setup(t);
    const old = server.url('config').replace('/config.git', '/old.git');
    server.intercept(undefined);
    const opened = open(old);
    await git(server.directory, 'init', '-q', '--bare', 'unused.git');
    const commit = await repository.git('rev-parse', 'HEAD');
    await t.throwsAsync(opened.fetch(), { message: /HTTP 404/ });
    server.rewrite('/old.git', '/config.git');
    await opened.fetch();
    t.is(await opened.resolve('main'), commit);
  });

  test('an empty repository is waited for', async (t) => {
    const { server, open } = await setup(t);
    await git(server.directory, 'init', '-q', '--bare', 'empty.git');
    const error = await t.throwsAsync(open(server.url('empty')).fetch(), { message: /has no commit at its HEAD branch yet: push one/ });
    t.false((error as WindlassError).permanent);
  });
}
