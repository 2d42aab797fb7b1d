import type { Place, Variable } from '../model/application.ts';
import { didYouMean } from '../model/nearest.ts';
import type { Issues } from './issues.ts';

/** What `${NAME}` can stand for: a text, or the reason why this name has none. */
export type Lookup = (name: string) => { readonly text: string } | { readonly reason: string } | undefined;

/** A name that starts a variable reference, as Compose has it. */
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const deepest = 50;

class Refused extends Error {}

/**
 * Replaces `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`, `${NAME:+text}`,
 * `${NAME+text}` and `$$` as Compose does; the text behind an operator may hold further references. Undefined, with the
 * reason added to `issues`, where a reference is not well formed or has no value.
 */
export function interpolate(text: string, lookup: Lookup, place: Place, issues: Issues): string | undefined {
  try {
    return substitute(text, lookup, 0);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    issues.add(place, error.message);
    return undefined;
  }
}

function substitute(text: string, lookup: Lookup, depth: number): string {
  if (depth > deepest) throw new Refused('${…} is nested too deeply');
  let result = '';
  let from = 0;
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', from)) {
    result += text.slice(from, at);
    const reference = readReference(text, at);
    result += reference.kind === 'dollar' ? '$' : valueFor(reference, lookup, depth);
    from = reference.end;
  }
  return result + text.slice(from);
}

type Reference =
  | { readonly kind: 'dollar'; readonly end: number }
  | { readonly kind: 'variable'; readonly name: string; readonly operator: string; readonly operand: string; readonly end: number };

function readReference(text: string, at: number): Reference {
  if (text[at + 1] === '$') return { kind: 'dollar', end: at + 2 };
  const braced = text[at + 1] === '{';
  const found = nameAt(text, at + (braced ? 2 : 1));
  if (found === undefined) throw new Refused(`"${text.slice(at, at + 12)}" is no variable reference; write $$ for a dollar sign`);
  const afterName = at + (braced ? 2 : 1) + found.length;
  if (!braced) return { kind: 'variable', name: found, operator: '', operand: '', end: afterName };
  const end = closingBrace(text, afterName);
  const rest = text.slice(afterName, end - 1);
  const operator = /^:?[-?+]/.exec(rest)?.[0] ?? '';
  if (operator === '' && rest !== '') throw new Refused(`"${text.slice(at, Math.min(end, at + 60))}" is no variable reference`);
  return { kind: 'variable', name: found, operator, operand: rest.slice(operator.length), end };
}

function nameAt(text: string, at: number): string | undefined {
  name.lastIndex = at;
  return name.exec(text)?.[0];
}

/** The index behind the brace that closes a reference; `${` within it opens another one. */
function closingBrace(text: string, from: number): number {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith('$$', at)) at++;
    else if (text.startsWith('${', at)) open++;
    else if (text[at] === '}' && --open === 0) return at + 1;
  }
  throw new Refused('a ${ has no closing brace');
}

function valueFor(reference: Reference & { kind: 'variable' }, lookup: Lookup, depth: number): string {
  const { name, operator, operand } = reference;
  const found = lookup(name);
  const text = found !== undefined && 'text' in found ? found.text : undefined;
  const isSet = operator.startsWith(':') ? text !== undefined && text !== '' : text !== undefined;
  const otherwise = () => substitute(operand, lookup, depth + 1);
  if (operator.endsWith('+')) return isSet ? otherwise() : '';
  if (isSet && text !== undefined) return text;
  if (operator.endsWith('-')) return otherwise();
  if (operator.endsWith('?')) throw new Refused(`\${${name}} is required${operand === '' ? '' : `: ${otherwise()}`}`);
  const reason = found !== undefined && 'reason' in found ? found.reason : 'is not set';
  throw new Refused(`\${${name}} ${reason}`);
}

/** Constants of a service first, then the application's .env. */
export function lookupIn(variables: Readonly<Record<string, Variable>>, dotenv: Readonly<Record<string, string>>): Lookup {
  const known = [...Object.keys(variables), ...Object.keys(dotenv)];
  return (name) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (variable !== undefined) return textOf(variable);
    const text = Object.hasOwn(dotenv, name) ? dotenv[name] : undefined;
    if (text !== undefined) return { text };
    return { reason: `is not set: neither a variable of the service nor in .env${didYouMean(name, known)}` };
  };
}

function textOf(variable: Variable): { readonly text: string } | { readonly reason: string } {
  if (variable.kind === 'formula') return { reason: 'is a formula; only constants can be used here' };
  if (variable.kind === 'secret') return { reason: 'is a secret; only constants can be used here' };
  if (variable.value === null) return { text: '' };
  if (typeof variable.value === 'object') return { reason: 'is a list or mapping; only single values can be used here' };
  return { text: String(variable.value) };
}
