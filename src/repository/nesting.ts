import { Lexer } from 'yaml';

/** Deeper than any real file, and far from where a parser that recurses runs out of stack. */
const deepest = 100;
/** Announces a scalar: the next token is its text, whatever it looks like. */
const scalarFollows = '\x1f';

/** Whether mappings and lists stand within each other deeper than is safe to parse; told from the tokens, without recursion. */
export function isNestedTooDeeply(text: string): boolean {
  const indents: number[] = [];
  let brackets = 0;
  let column = 0;
  let lineStarts = true;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    const isSpace = /^[ \t\r\n]*$/.test(token);
    if (token === '[' || token === '{') brackets += isScalar ? 0 : 1;
    else if (token === ']' || token === '}') brackets -= isScalar ? 0 : 1;
    if (!isSpace && token !== scalarFollows && (lineStarts || token === '-' || token === '?')) {
      if (lineStarts) while ((indents.at(-1) ?? -1) >= column) indents.pop();
      indents.push(column);
      lineStarts = false;
    }
    if (indents.length + brackets > deepest) return true;
    isScalar = token === scalarFollows;
    if (token.endsWith('\n')) [column, lineStarts] = [0, true];
    else if (!isScalar) column += token.length;
  }
  return false;
}
