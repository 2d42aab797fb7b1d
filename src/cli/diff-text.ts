import type { Paint } from './paint.ts';

/** A unified diff as a terminal shows it. */
export function diffText(diff: string, paint: Paint): string {
  const lines = diff
    .trimEnd()
    .split('\n')
    .map((line) => `${paintLine(line, paint)}\n`);
  return lines.join('');
}

function paintLine(line: string, paint: Paint): string {
  if (line.startsWith('+') && !line.startsWith('+++')) return paint('green', line);
  if (line.startsWith('-') && !line.startsWith('---')) return paint('red', line);
  return line.startsWith('@@') ? paint('cyan', line) : line;
}
