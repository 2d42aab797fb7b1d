/**
 * Splits a command line into words as a POSIX shell does: single and double quotes, backslashes; nothing is expanded.
 * Undefined where a quote is not closed.
 */
export function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'" || character === '"') {
      const quoted = readQuoted(line, at + 1, character);
      if (quoted === undefined) return undefined;
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (character === '\\') {
      at++;
      if (at === line.length) return undefined;
      if (line[at] !== '\n') word = (word ?? '') + line[at];
    } else {
      word = (word ?? '') + character;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** The text up to the closing quote, and where that stands. In double quotes a backslash escapes `"`, `\`, `$` and a backtick only. */
function readQuoted(line: string, from: number, quote: string): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  for (let at = from; at < line.length; at++) {
    if (line[at] === quote) return { text, end: at };
    if (quote === '"' && line[at] === '\\' && /["\\$`]/.test(line[at + 1] ?? '')) at++;
    text += line[at];
  }
  return undefined;
}
