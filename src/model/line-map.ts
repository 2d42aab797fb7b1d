import { z } from 'zod';

/**
 * Which line of its template each line of a rendered file came from: `[line, template's line]` wherever not both went on by one, an
 * origin of 0 where nobody knows. Lines count from 1; no pairs at all: every line is the template's of the same number.
 */
export const lineMap = z.array(z.tuple([z.number().int().positive(), z.number().int().nonnegative()]));
export type LineMap = readonly (readonly [line: number, origin: number])[];

/** The template's line for a line of the file; undefined where it is not known. */
export function originLine(map: LineMap, line: number): number | undefined {
  const [from, origin] = map.findLast(([start]) => start <= line) ?? [1, 1];
  return origin === 0 ? undefined : origin + line - from;
}
