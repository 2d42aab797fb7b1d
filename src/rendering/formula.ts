import { Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../errors.ts';
import type { Issue, Place } from '../model/application.ts';
import { nearest } from '../model/nearest.ts';
import { mask } from '../secret.ts';
import { namesIn } from './formula-names.ts';
import { celNames, fromCel, type Scope } from './formula-scope.ts';
import { IssueError } from './reading.ts';
import type { ViewValue } from './view-object.ts';

/** A formula's value as plain data and as CEL itself has it, or why there is none. */
export type Evaluated = { readonly value: ViewValue; readonly cel: unknown } | { readonly issue: Issue };

/**
 * The language of formulas: CEL with optional values and lists of mixed types.
 *
 * Beside CEL's own functions: `min` and `max` of two ints, of two doubles or of a list of either, and `floor`, `ceil` and `round`,
 * which take a double and give an int. A constant such as `1.0` is whole and therefore an int; `double(…)` makes a double of it.
 */
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: 2_000, maxDepth: 50, maxListElements: 1_000, maxMapEntries: 1_000, maxCallArguments: 16 },
});
for (const [name, pick] of [
  ['min', (a: bigint | number, b: bigint | number) => (b < a ? b : a)],
  ['max', (a: bigint | number, b: bigint | number) => (b > a ? b : a)],
] as const) {
  environment.registerFunction(`${name}(int, int): int`, pick);
  environment.registerFunction(`${name}(double, double): double`, pick);
  environment.registerFunction(`${name}(list): dyn`, (list: readonly unknown[]) => extreme(name, list, pick));
}
for (const name of ['floor', 'ceil', 'round'] as const) {
  environment.registerFunction(`${name}(double): int`, (value: number) => BigInt(Math[name](value)));
}

/** Works `cel` out; an error is an issue at `place` in CEL's own words. */
export function evaluate(cel: string, scope: Scope, place: Place): Evaluated {
  try {
    const formula = environment.parse(cel);
    const clash = namesIn(formula.ast)
      .map(([name = '']) => name)
      .find((name) => Object.hasOwn(scope.root, name) && environment.hasVariable(name));
    if (clash !== undefined) throw new Error(`"${clash}" is CEL's own word: give the variable another name to read it in a formula`);
    const result: unknown = formula(celNames(scope));
    return { value: fromCel(scope, result), cel: result };
  } catch (error) {
    if (error instanceof IssueError) return { issue: error.issue };
    return { issue: { ...place, message: mask(complaint(error, scope), scope.reading.secrets()) } };
  }
}

/** The mistakes in a formula that show without evaluating it. */
export function compileFormula(cel: string, place: Place): readonly Issue[] {
  try {
    environment.parse(cel);
    return [];
  } catch (error) {
    return [{ ...place, message: `formula: ${sentence(error)}` }];
  }
}

/**
 * The names that a formula mentions, in order of appearance, each as its dotted parts as far as these are fixed; CEL's own words left out.
 * Empty for a formula that cannot be parsed.
 */
export function readsFormula(cel: string): readonly (readonly string[])[] {
  try {
    const names = namesIn(environment.parse(cel).ast).filter(([name = '']) => !environment.hasVariable(name));
    return [...new Map(names.map((parts) => [parts.join('.'), parts])).values()];
  } catch {
    return [];
  }
}

/** Without the quoted formula below it: whoever shows the mistake quotes the line on which it stands. */
const sentence = (error: unknown): string => messageOf(error).split('\n', 1)[0] ?? '';

function complaint(error: unknown, scope: Scope): string {
  const said = sentence(error);
  const [, name] = /^Unknown variable: (\w+)/.exec(said) ?? [];
  const [, key] = /^No such key: (.+)/.exec(said) ?? [];
  const meant = name === undefined ? nearest(key ?? '', scope.misses.get(key ?? '') ?? []) : nearest(name, Object.keys(scope.root));
  if (meant !== undefined) return `formula: ${said}\ndid you mean "${meant}"?`;
  const mixes = /^no such overload: .*\b(?:int\b.*\bdouble|double\b.*\bint)\b/.test(said);
  return `formula: ${said}${mixes ? '\nwrite double(…) around the whole number or int(…) around the other' : ''}`;
}

function extreme(name: string, list: readonly unknown[], pick: (a: bigint | number, b: bigint | number) => bigint | number): unknown {
  const isNumber = (value: unknown): value is bigint | number => typeof value === 'bigint' || typeof value === 'number';
  const numbers = [...list].filter(isNumber);
  if (numbers.length === 0 || numbers.length < list.length) throw new Error(`${name}() takes a list of numbers that is not empty`);
  if (new Set(numbers.map((number) => typeof number)).size > 1) throw new Error(`${name}() takes ints or doubles, not both in one list`);
  return numbers.reduce(pick);
}
