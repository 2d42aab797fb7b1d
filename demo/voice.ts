import type { WriteStream } from 'node:tty';

/** How the story is told: one plain line at a time. */
export interface Voice {
  chapter(title: string): void;
  /** What was done. */
  did(text: string): void;
  /** What happened. */
  saw(text: string): void;
  /** What was checked from the outside and holds. */
  proved(text: string): void;
  /** Beside the story. */
  note(text: string): void;
  /** Rows under each other, the first in bold. */
  table(rows: readonly (readonly string[])[]): void;
}

/** Colours only where a terminal reads them. */
export function createVoice(out: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>, noColor: boolean): Voice {
  const paint = (code: number, text: string) => (out.isTTY && !noColor ? `\u001b[${code}m${text}\u001b[0m` : text);
  const print = (text: string) => void out.write(`${text}\n`);
  let chapters = 0;
  return {
    chapter: (title) => print(`\n${paint(1, `${++chapters}. ${title}`)}`),
    did: (text) => print(`   ${paint(36, '>')} ${text}`),
    saw: (text) => print(`     ${text.replaceAll('\n', '\n     ')}`),
    proved: (text) => print(`   ${paint(32, '✓')} ${text}`),
    note: (text) => print(paint(2, text)),
    table: (rows) => {
      const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
      for (const [index, row] of rows.entries()) {
        const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ');
        print(`     ${paint(index === 0 ? 1 : 0, line.trimEnd())}`);
      }
    },
  };
}

/** `0.43 s`, `12.3 s`. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

/** Ends the story where it does not go as told; `sentence` says what should be so. */
export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(`It should be so, and is not: ${sentence}`);
}
