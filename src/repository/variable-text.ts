import type { Constant } from '../model/application.ts';
import type { VariableValue } from '../model/variables.ts';
import { createIssues } from './issues.ts';
import { parseYaml } from './yaml-document.ts';
import { yamlFlow } from './yaml-text.ts';
import { constantOf, typePlain } from './yaml-value.ts';

/**
 * A value as a person types it, read as YAML would: `8443` is a number, `"8443"` a text, `[a, b]` a list, `{ cel: … }` a
 * formula. What begins with none of `[`, `{` and quotes is one text, number or the like; nothing is the empty text. Undefined: no YAML.
 */
export function parseVariable(text: string): VariableValue | undefined {
  if (!/^[[{"']/.test(text)) return { constant: text === '' ? '' : typePlain(text) };
  const value = parseYaml('value', Buffer.from(`[${text}]`), createIssues());
  const constant = value && constantOf(value);
  if (!Array.isArray(constant) || constant.length !== 1) return undefined;
  return asFormula(constant[0]) ?? { constant: constant[0] };
}

function asFormula(constant: Constant): VariableValue | undefined {
  if (typeof constant !== 'object' || constant === null || Array.isArray(constant)) return undefined;
  const [[key, value] = [], ...more] = Object.entries(constant);
  if (more.length > 0 || typeof value !== 'string') return undefined;
  if (key === 'cel') return { cel: value };
  return key === 'secret' ? { secret: value } : undefined;
}

/** A value as one line for people: texts as they are, a secret by its name. */
export function variableText(value: VariableValue): string {
  if ('secret' in value) return `secret ${value.secret}`;
  if ('cel' in value) return `cel ${value.cel}`;
  return typeof value.constant === 'string' ? value.constant : yamlFlow(value.constant);
}
