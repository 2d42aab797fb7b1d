import type { Io, Output } from './io.ts';
import type { Room } from './progress-rows.ts';

type Environment = Io['env'];

/** Whether lines may be coloured and drawn again: on a terminal that knows how to, without NO_COLOR (https://no-color.org). */
export const isLively = (env: Environment, output: Output): boolean => output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';

/** The room for rows on a terminal now; its size changes with its window. */
export const roomOf = (env: Environment, output: Output, frame: number): Room => ({
  // A terminal that does not tell its size (a serial line) says 0.
  columns: output.columns || 80,
  rows: output.rows || 24,
  unicode: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
  frame,
});
