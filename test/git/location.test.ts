import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../src/errors.ts';
import { parseLocation } from '../../src/git/location.ts';

const reads = (t: ExecutionContext, text: string, expected: object) => t.like(parseLocation(text), expected);
test('a URL', reads, 'https://git.example.com/acme/config.git', {
  kind: 'http',
  url: 'https://git.example.com/acme/config.git',
  username: undefined,
});
test('a URL with a name', reads, 'https://deploy@git.example.com/a.git', {
  url: 'https://git.example.com/a.git',
  username: 'deploy',
  password: undefined,
});
test('a URL with a password, which no message shows', reads, 'http://me:p%40ss@git.example.com:3000/a.git/', {
  url: 'http://git.example.com:3000/a.git',
  name: 'http://git.example.com:3000/a.git',
  username: 'me',
  password: 'p@ss',
});
test('a path', reads, '/srv/git/../config.git', { kind: 'path', path: '/srv/config.git' });
test('a path with a colon behind a slash', reads, './a:b', { kind: 'path' });
test('a file URL', reads, 'file:///srv/my%20config.git', { kind: 'path', path: '/srv/my config.git' });

test('SSH in upper case', reads, 'SSH://git@example.com:2222/~me/a.git', { kind: 'ssh', url: 'ssh://git@example.com:2222/~me/a.git' });
test('an SSH address', reads, 'git@git.example.com:acme/config.git', { kind: 'ssh', url: 'git@git.example.com:acme/config.git' });
test('an SSH address without a user, of an absolute path', reads, 'git-host:/srv/a.git', { kind: 'ssh', url: 'git-host:/srv/a.git' });

const refuses = (t: ExecutionContext, text: string, message: RegExp) =>
  t.throws(() => parseLocation(text), { instanceOf: WindlassError, message });
test('an empty location', refuses, '', /is empty/);
test('a URL that is none', refuses, 'https://', /cannot be read/);
test('a password that is no percent code', refuses, 'https://a:%E0%A4%A@git.example.com/a.git', /cannot be read/);
test('a file URL of another machine', refuses, 'file://server/share', /no path of this machine/);
test('ftp', refuses, 'ftp://example.com/a', /is a ftp:\/\/ URL/);
for (const url of [
  'ssh://-oProxyCommand=x/a',
  'ssh://git:password@git.example.com/a',
  'ssh://git@git.example.com/$(id)',
  "ssh://git@git.example.com/a';id",
  'ssh://git@git.example.com:22;id/a',
  'ssh://git@git.example.com/a\nb',
  'ssh://git@git.example.com/',
  'ssh://$HOME/a',
]) {
  test(`the SSH URL ${JSON.stringify(url)}`, refuses, url, /SSH URL cannot be read/);
}
for (const address of [
  '-oProxyCommand=x:a',
  'git@-x:a',
  'git@host:-x',
  'git@host:',
  'git@ho st:a',
  'git@host:a`id`',
  'git@host:a\tb',
  'x y@host:a',
]) {
  test(`the SSH address ${JSON.stringify(address)}`, refuses, address, /SSH address cannot be read/);
}
