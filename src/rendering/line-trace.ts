import type { LineMap } from '../model/line-map.ts';

/** Follows what is written, and knows in the end where each line came from. */
export interface LineTrace {
  /** `from` is the offset in the template; a text's own lines go on in the template (`moves`), those of a value stay at its tag. */
  wrote(text: string, from: number, moves: boolean): void;
  readonly map: LineMap;
}

/** Beyond so many pairs nobody knows: a map must stay small beside its file. */
const mostPairs = 10_000;

/** Traces a rendering of that template. A line belongs to the first piece that puts anything on it. */
export function createLineTrace(template: string): LineTrace {
  const starts = lineStarts(template);
  const map: [number, number][] = [];
  let line = 1;
  let isEmpty = true;
  let expected = 1;
  const begin = (origin: number) => {
    if (origin !== expected && map.length < mostPairs) map.push([line, map.length === mostPairs - 1 ? 0 : origin]);
    expected = origin + 1;
    isEmpty = false;
  };
  return {
    map,
    wrote: (text, from, moves) => {
      let origin = lineAt(starts, from);
      for (let at = 0; at < text.length; ) {
        if (isEmpty) begin(origin);
        const end = text.indexOf('\n', at);
        if (end < 0) return;
        at = end + 1;
        line += 1;
        isEmpty = true;
        if (moves) origin += 1;
      }
    },
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** The number, from 1, of the line that holds the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
