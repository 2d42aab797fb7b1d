import { execFileSync } from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import { isBranchName } from '../../src/model/branch-name.ts';

/** What the git binary says; NUL cannot be an argument and is in no name. */
function gitAllows(name: string): boolean {
  if (name.includes('\0')) return false;
  try {
    execFileSync('git', ['check-ref-format', `refs/heads/${name}`], { stdio: 'ignore' });
    return !name.startsWith('-') && name !== 'HEAD';
  } catch {
    return false;
  }
}

test('a name is a branch where git says so', (t) => {
  const odd = fc.constantFrom(
    '/',
    '.',
    '..',
    '@',
    '{',
    '@{',
    '.lock',
    '-',
    '~',
    '^',
    ':',
    '?',
    '*',
    '[',
    '\\',
    ' ',
    '\t',
    '\x7f',
    'a',
    'HEAD',
    'é',
    '"',
    '$(id)',
  );
  const name = fc.array(odd, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(name, (text) => t.is(isBranchName(text), gitAllows(text), JSON.stringify(text))),
    { numRuns: 150 },
  );
});

test('names that a push could carry', (t) => {
  for (const name of ['main', 'release/1.2', 'a@b', 'ä', 'v1.0', 'a-b_c', '$(id)']) t.true(isBranchName(name), name);
  for (const name of [
    '',
    'HEAD',
    '-x',
    '--upload-pack=x',
    'a..b',
    'a/',
    '/a',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.',
    'a b',
    'a\n',
    'a\0',
    'x'.repeat(256),
  ]) {
    t.false(isBranchName(name), name);
  }
});
