import { type LineMap, lineMap, originLine } from '../model/line-map.ts';
import type { FileToInstall } from '../model/step.ts';

/** An installed file, its template in the repository, and which of the template's lines each of its own came from. */
export interface Origin {
  readonly target: string;
  readonly file: string;
  readonly lines: LineMap;
}

/**
 * A tool's output with `(TEMPLATE:LINE)` behind every line of an installed file that it names: `TARGET:12`, `TARGET(12)`,
 * `TARGET, line 12`, `line 12 of TARGET`. Where it names no line, or none that has an origin, nothing is added.
 */
export function withOrigins(output: string, origins: readonly Origin[]): string {
  // The longest first: one target may be another's beginning.
  const known = [...origins].sort((a, b) => b.target.length - a.target.length);
  const pattern = new RegExp(known.map(({ target }) => escaped(target)).join('|'), 'g');
  return known.length === 0
    ? output
    : output
        .split('\n')
        .map((text) => traced(text, known, pattern))
        .join('\n');
}

/** Behind the name of a file: its line, and a column where one follows. */
const behind = /^(?:["')\]]*:(\d+)(?::\d+)?|\((\d+)\)|(?:(?! \/).){0,40}?\bline:?\s+(\d+))/;
/** In front of it. */
const inFront = /\bline:?\s+(\d+)\s+(?:of|in)\s+(?:file\s+)?["'([]?$/i;
/** What would make a longer name of it. */
const goesOn = /^(?:[\w/-]|\.\w)/;

function traced(text: string, origins: readonly Origin[], pattern: RegExp): string {
  let result = '';
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (match.index < from || /[\w./-]$/.test(text.slice(0, match.index)) || goesOn.test(text.slice(end))) continue;
    const after = behind.exec(text.slice(end));
    const number = after?.[1] ?? after?.[2] ?? after?.[3] ?? inFront.exec(text.slice(0, match.index))?.[1];
    const origin = origins.find(({ target }) => target === match[0]);
    const line = number === undefined ? undefined : origin && originLine(origin.lines, Number(number));
    if (line === undefined) continue;
    const upTo = end + (after?.[0].length ?? 0);
    result += `${text.slice(from, upTo)} (${origin?.file}:${line})`;
    from = upTo;
  }
  return result + text.slice(from);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The output traced back to the templates of these files. */
export async function tracedBack(
  output: string,
  files: readonly FileToInstall[],
  contents: (hash: string) => Promise<Uint8Array>,
): Promise<string> {
  const named = files.filter(({ target, origin }) => origin && output.includes(target));
  const origins = await Promise.all(named.map((file) => originOf(file, contents)));
  return withOrigins(output, origins.flat());
}

/** None where its map cannot be had any more: the tool's own words say enough. */
async function originOf({ target, origin }: FileToInstall, contents: (hash: string) => Promise<Uint8Array>): Promise<readonly Origin[]> {
  if (!origin) return [];
  if (origin.lines === undefined) return [{ target, file: origin.file, lines: [] }];
  const bytes = await contents(origin.lines).catch(() => undefined);
  return bytes ? [{ target, file: origin.file, lines: lineMap.parse(JSON.parse(Buffer.from(bytes).toString())) }] : [];
}
