import type { Issue, Place } from '../model/application.ts';

/** Collects mistakes; the same one at the same place is kept once, and more than a person could read are left out. */
export interface Issues {
  add(place: Place, message: string): void;
  list(): readonly Issue[];
  /** How many were added. */
  count(): number;
}

const mostIssues = 500;

export function createIssues(): Issues {
  const found: Issue[] = [];
  let count = 0;
  return {
    add: ({ file, line, column }, message) => {
      count++;
      if (found.length < mostIssues) found.push({ file, line, column, message });
    },
    list: () => sortIssues(found),
    count: () => count,
  };
}

/** By file, line, column and message, each once. */
export function sortIssues(issues: readonly Issue[]): readonly Issue[] {
  const unique = new Map(issues.map((issue) => [formatIssue(issue), issue]));
  return [...unique.values()].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message),
  );
}

/** `file:line:column: message`, as compilers write it and editors read it. */
export function formatIssue({ file, line, column, message }: Issue): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** The order of code units: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
