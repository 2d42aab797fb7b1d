import { Lexer } from 'yaml';

/** Deeper than any real file, and far from where a parser that recurses runs out of stack. */
const deepest = 100;
/** Announces a scalar: the next token is its text, whatever it looks like. */
const scalarFollows = '\x1f';

/** Far above any real file: the parser takes seconds for more. */
const mostTokens = 100_000;

/**
 * Why a text is not to be parsed: mappings and lists within each other deeper than is safe, or too much of everything; told from the
 * tokens, without recursion. Undefined where nothing is in the way.
 */
export function whyNotParsed(text: string): string | undefined {
  const indents: number[] = [];
  let brackets = 0;
  let column = 0;
  let lineStarts = true;
  let isScalar = false;
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    const isSpace = /^[ \t\r\n]*$/.test(token);
    if (token === '[' || token === '{') brackets += isScalar ? 0 : 1;
    else if (token === ']' || token === '}') brackets -= isScalar ? 0 : 1;
    if (!isSpace && token !== scalarFollows && (lineStarts || token === '-' || token === '?')) {
      if (lineStarts) while ((indents.at(-1) ?? -1) >= column) indents.pop();
      indents.push(column);
      lineStarts = false;
    }
    if (indents.length + brackets > deepest) return 'this file is nested too deeply';
    if (++tokens > mostTokens) return `this file has more than ${mostTokens} words and signs`;
    isScalar = token === scalarFollows;
    if (token.endsWith('\n')) [column, lineStarts] = [0, true];
    else if (!isScalar) column += token.length;
  }
  return undefined;
}
