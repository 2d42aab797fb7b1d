import type { LogLine } from '../model/documents.ts';
import { mask } from '../secret.ts';

interface Lines {
  readonly lines: readonly LogLine[];
  readonly next: number;
}

/** Shorter lines of a secret of several lines are ordinary text: `true`, `user:`. */
const shortestLine = 8;

/** What tools printed, without secrets. One of several lines is masked line by line, as it is printed. */
export function maskedLog(log: Lines | undefined, secrets: readonly string[]): Lines | undefined {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/));
  const texts = [...secrets, ...lines.filter((line) => line.length >= shortestLine)];
  return log && { ...log, lines: log.lines.map((line) => ({ ...line, line: mask(line.line, texts) })) };
}
