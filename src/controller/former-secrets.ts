import { maskedAs } from '../secret.ts';

/** Stands where an installed file holds another secret than it should. */
const formerSecret = '[former secret]';
const hiddenLine = '[a line that may hold a former secret]';

/**
 * An installed text with its former secrets masked; the present ones are masked in both texts already. Where the installed one has fewer
 * of those, some have been rotated since, and nobody knows what they were: lines that fit a desired one with a secret have one there, and
 * all others that are not desired are hidden, for they may hold one.
 */
export function maskFormer(installed: string, desired: string): string {
  if (occurrences(installed) >= occurrences(desired)) return installed;
  if (desired.trim() === maskedAs) return formerSecret;
  const wanted = desired.split('\n');
  const around = wanted.filter((line) => line.includes(maskedAs)).map((line) => line.split(maskedAs));
  const masked = installed.split('\n').map((line) => {
    if (wanted.includes(line)) return line;
    return around.find((pieces) => fits(line, pieces))?.join(formerSecret) ?? hiddenLine;
  });
  return masked.join('\n');
}

const occurrences = (text: string): number => text.split(maskedAs).length - 1;

/** Whether the line is these pieces in their order, with anything between them. */
function fits(line: string, pieces: readonly string[]): boolean {
  const [first = '', ...more] = pieces;
  const last = more.pop() ?? '';
  if (!line.startsWith(first) || !line.endsWith(last)) return false;
  let at = first.length;
  for (const piece of more) {
    const found = line.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= line.length - last.length;
}
