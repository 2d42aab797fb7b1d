import type { Issue } from '../model/application.ts';

/** The issue, said to be one of these environments only. */
export const inEnvironments = (issue: Issue, names: readonly string[]): Issue => ({
  ...issue,
  message: `${issue.message} (in ${names.join(', ')})`,
});

/**
 * The mistakes of a changed tree that its original does not have. A change moves the lines below it, so places only help to tell which
 * of several equal mistakes is the new one; a mistake that is one of fewer environments than before is none that is new.
 */
export function freshIssues(before: readonly Issue[], after: readonly Issue[]): readonly Issue[] {
  const left = before.map(parted);
  const unmatched = (issues: readonly Issue[], matches: (old: Parted, now: Parted) => boolean) =>
    issues.filter((issue) => {
      const now = parted(issue);
      const index = left.findLastIndex((old) => covers(old, now) && matches(old, now));
      if (index >= 0) left.splice(index, 1);
      return index < 0;
    });
  const moved = unmatched(after, (old, now) => old.line === now.line && old.column === now.column);
  // From the last one upwards: what stands below the change has moved as a whole.
  return unmatched(moved.toReversed(), () => true).toReversed();
}

interface Parted extends Issue {
  /** Undefined: all. */
  readonly environments: readonly string[] | undefined;
}

/** What `inEnvironments` has put together. */
function parted(issue: Issue): Parted {
  const [, message = issue.message, names] = /^(.*) \(in ([a-z0-9-]+(?:, [a-z0-9-]+)*)\)$/s.exec(issue.message) ?? [];
  return { ...issue, message, environments: names?.split(', ') };
}

const covers = (old: Parted, now: Parted): boolean =>
  old.file === now.file &&
  old.message === now.message &&
  (old.environments === undefined || now.environments?.every((name) => old.environments?.includes(name)) === true);
