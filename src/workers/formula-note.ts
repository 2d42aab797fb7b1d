import type { FormulaWatch } from '../rendering/formula-watch.ts';

/**
 * Shared by the planning thread and its owner: the thread leaves word of the formula that it works out, so that its owner knows
 * which one never ended. How often the word has changed, its length, its bytes.
 */
export type FormulaNote = SharedArrayBuffer;

const headBytes = 8;
const mostBytes = 64 * 1024;

export const createFormulaNote = (): FormulaNote => new SharedArrayBuffer(headBytes + mostBytes);

/** The thread's end. `overdue`: the words of formulas that the question at hand is not to work out; `deadlineMs` is what they overran. */
export function watchFormulas(note: FormulaNote, overdue: () => readonly string[], deadlineMs: number): FormulaWatch {
  const underWay: string[] = [];
  const tell = () => write(note, underWay.at(-1) ?? '');
  return {
    begin: ({ cel, place: { file, line, column } }) => {
      const word = `${file}:${line}:${column}: ${cel}`;
      if (overdue().includes(word)) return `formula: it was not worked out after ${deadlineMs / 1000} s and was ended: does it ever end?`;
      underWay.push(word);
      tell();
      return undefined;
    },
    end: () => {
      underWay.pop();
      tell();
    },
  };
}

function write(note: FormulaNote, word: string): void {
  const head = new Int32Array(note, 0, 2);
  const length = Buffer.from(note, headBytes).write(word);
  Atomics.store(head, 1, length);
  Atomics.add(head, 0, 1);
}

/** The owner's end. Equal twice, `changes` says that nothing but `word` (empty: no formula) has been worked out in between. */
export function readFormulaNote(note: FormulaNote): { readonly changes: number; readonly word: string } {
  const head = new Int32Array(note, 0, 2);
  const length = Atomics.load(head, 1);
  return { changes: Atomics.load(head, 0), word: Buffer.from(note, headBytes, length).toString('utf8') };
}
