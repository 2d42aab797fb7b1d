import type { LogLine } from '../model/documents.ts';
import { mask } from '../secret.ts';

interface Lines {
  readonly lines: readonly LogLine[];
  readonly next: number;
}

/** Shorter lines of a secret of several lines are ordinary text: `true`, `user:`. */
const shortestLine = 8;

/** What is to be masked of secrets in lines: one of several lines is printed line by line. */
export function textsOf(secrets: readonly string[]): readonly string[] {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/));
  return [...secrets, ...lines.filter((line) => line.length >= shortestLine)];
}

/** What tools printed, without secrets. */
export function maskedLog(log: Lines | undefined, secrets: readonly string[]): Lines | undefined {
  const texts = textsOf(secrets);
  return log && { ...log, lines: log.lines.map((line) => ({ ...line, line: mask(line.line, texts) })) };
}
