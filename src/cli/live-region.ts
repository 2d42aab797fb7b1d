import { clearScreenDown, moveCursor } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import type { Output } from './io.ts';

/** The last lines of a terminal, drawn again in place; what is printed goes above them. */
export interface LiveRegion {
  /** Takes the place of the lines that were shown before. */
  show(lines: readonly string[]): void;
  /** Text with its line breaks, to stay. */
  print(text: string): void;
  /** Lets go of the lines, which stay; or takes them away. */
  end(how: 'keep' | 'clear'): void;
}

export function createLiveRegion(output: Output): LiveRegion {
  let shown: readonly string[] = [];
  const clear = () => {
    if (shown.length === 0) return;
    moveCursor(output, 0, -rowsTaken(shown, output.columns));
    output.write('\r');
    clearScreenDown(output);
  };
  const draw = () => {
    if (shown.length > 0) output.write(`${shown.join('\n')}\n`);
  };
  return {
    show: (lines) => {
      clear();
      shown = lines;
      draw();
    },
    print: (text) => {
      clear();
      output.write(text);
      draw();
    },
    end: (how) => {
      if (how === 'clear') clear();
      shown = [];
    },
  };
}

/**
 * How many rows of the terminal lines take that were drawn when it was wider: it has wrapped them since. One that does not tell how wide
 * it is has wrapped nothing that is known of.
 */
export function rowsTaken(lines: readonly string[], columns: number | undefined): number {
  if (!columns) return lines.length;
  const rows = lines.map((line) => Math.max(Math.ceil([...stripVTControlCharacters(line)].length / columns), 1));
  return rows.reduce((sum, one) => sum + one, 0);
}
