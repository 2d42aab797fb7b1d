import test from 'ava';
import type { Issue } from '../../src/model/application.ts';
import { freshIssues, inEnvironments } from '../../src/planning/fresh-issues.ts';

const issue = (line: number, message = 'is wrong', file = 'a.yaml'): Issue => ({ file, line, column: 1, message });

test('mistakes that were there are not new, also where they have moved', (t) => {
  t.deepEqual(freshIssues([issue(2), issue(5), issue(7, 'is odd')], [issue(2), issue(6), issue(8, 'is odd')]), []);
});

test('a second mistake of a kind is new, and is the one that stands where the change was made', (t) => {
  t.deepEqual(freshIssues([issue(2), issue(5)], [issue(2), issue(3), issue(6)]), [issue(3)]);
  t.deepEqual(freshIssues([issue(2)], [issue(2), issue(2, 'is wrong', 'b.yaml')]), [issue(2, 'is wrong', 'b.yaml')]);
});

test('a mistake of fewer environments is not new, of more it is', (t) => {
  const [all, staging, both] = [issue(1), inEnvironments(issue(1), ['staging']), inEnvironments(issue(1), ['production', 'staging'])];
  t.deepEqual(freshIssues([all], [staging]), []);
  t.deepEqual(freshIssues([both], [staging]), []);
  t.deepEqual(freshIssues([staging], [both]), [both]);
  t.deepEqual(freshIssues([staging], [all]), [all]);
});
