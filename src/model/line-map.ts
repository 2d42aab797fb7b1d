import { z } from 'zod';

/**
 * Which line of its template each line of a rendered file came from: `[line, template's line]` wherever not both went on by one, an
 * origin of 0 where nobody knows. Lines count from 1; no pairs at all: every line is the template's of the same number.
 */
export const lineMap = z.array(z.tuple([z.number().int().positive(), z.number().int().nonnegative()]));
export type LineMap = readonly (readonly [line: number, origin: number])[];

/** The same map of a template that begins in that line of its file. */
export function startingAt(map: LineMap, first: number): LineMap {
  if (first === 1) return map;
  const whole = map[0]?.[0] === 1 ? map : [[1, 1] as const, ...map];
  return whole.map(([line, origin]) => [line, origin === 0 ? 0 : origin + first - 1] as const);
}

/** The template's line for a line of the file; undefined where it is not known. */
export function originLine(map: LineMap, line: number): number | undefined {
  const [from, origin] = map.findLast(([start]) => start <= line) ?? [1, 1];
  return origin === 0 ? undefined : origin + line - from;
}
