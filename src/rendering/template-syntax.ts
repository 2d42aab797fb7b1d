import Mustache from 'mustache';
import { messageOf } from '../errors.ts';
import type { ConfigFile, Issue, Place } from '../model/application.ts';

/** A piece of a template as mustache.js parses it; `start` and `end` are offsets, `children` those of a section. */
export interface Token {
  readonly type: 'text' | 'name' | '&' | '#' | '^' | '>' | '=' | '!';
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly children: readonly Token[];
  /** Where a section's closing tag starts. */
  readonly closing: number;
}

/** Far above any real template: mustache.js takes seconds to say where one of more is not closed. */
const mostTags = 5_000;
/** Sections in sections. */
const deepest = 50;

/** A template's tokens, or its mistakes of syntax with their places. */
export function parseTemplate(start: Place, text: string): { readonly tokens: readonly Token[] } | { readonly issues: readonly Issue[] } {
  const tags = text.split('{{', mostTags + 2).length - 1;
  if (tags > mostTags) return { issues: [{ ...start, message: `this template has more than ${mostTags} tags` }] };
  try {
    const tokens = parse(text);
    const issues = tokens.flatMap((token) => forbidden(start, text, token, 1));
    return issues.length > 0 ? { issues } : { tokens };
  } catch (error) {
    return { issues: [syntaxIssue(start, text, messageOf(error))] };
  }
}

/** The mistakes of a template that show without a view: those of syntax, and tags that windlass does not offer. */
export function compileTemplate(start: Place, text: string): readonly Issue[] {
  const parsed = parseTemplate(start, text);
  return 'issues' in parsed ? parsed.issues : [];
}

/** Where a config file's text begins. */
export const startOf = ({ file, begins }: Pick<ConfigFile, 'file' | 'begins'>): Place => begins ?? { file, line: 1, column: 1 };

/** Line and column of an offset in a text that begins there; all its lines begin in that column. */
export function placeAt({ file, line, column }: Place, text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { file, line: line + before.split('\n').length - 1, column: column + offset - lineStart };
}

/** As mustache.js has it: type, name, start, end, and for sections children and where the closing tag starts. */
type RawToken = readonly [type: Token['type'], name: string, start: number, end: number, children?: unknown, closing?: number];

function parse(text: string): readonly Token[] {
  const writer = new Mustache.Writer();
  const raw: readonly RawToken[] = writer.parse(text);
  return raw.map((token) => tokenOf(token));
}

/** Children below the deepest level that is offered are dropped: the level itself is an issue already. */
function tokenOf([type, name, start, end, children, closing = end]: RawToken, depth = 0): Token {
  const inner: readonly RawToken[] = (type === '#' || type === '^') && Array.isArray(children) && depth <= deepest ? children : [];
  return { type, name, start, end, children: inner.map((child) => tokenOf(child, depth + 1)), closing };
}

function forbidden(start: Place, text: string, token: Token, depth: number): readonly Issue[] {
  const issue = (message: string): readonly Issue[] => [{ ...placeAt(start, text, token.start), message }];
  if (token.type === '>') return issue(`partials are not offered: put the text of "${token.name}" here, or into a config file of its own`);
  if (token.type !== 'text' && token.type !== '!' && token.name === '') return issue('a tag without a name');
  if (depth > deepest) return issue(`more than ${deepest} sections inside one another`);
  return token.children.flatMap((child) => forbidden(start, text, child, depth + 1));
}

function syntaxIssue(start: Place, text: string, complaint: string): Issue {
  const [, what = complaint, name, offset] =
    /^(Unclosed tag|Unclosed section|Unopened section)(?: "(.*)")? at (\d+)$/s.exec(complaint) ?? [];
  const at = (position: number, message: string): Issue => ({ ...placeAt(start, text, position), message });
  if (what === 'Unopened section') return at(Number(offset), `{{/${name}}} closes a section that is not open`);
  if (what === 'Unclosed section' && Number(offset) < text.length) {
    return at(Number(offset), `this tag closes another section than the open one: {{#${name}}} must be closed first`);
  }
  if (what === 'Unclosed section') return at(openedAt(text, name ?? ''), `section "${name}" is never closed: {{/${name}}} is missing`);
  if (what === 'Unclosed tag') return at(openedAt(text, undefined), 'this tag is never closed');
  return at(0, complaint);
}

/**
 * Where what is still open at the end of the text was opened. mustache.js only says that it reached the end,
 * so the missing ends are appended until it is content, and its tokens tell.
 */
function openedAt(text: string, section: string | undefined): number {
  const [, opener = '{{', closer = '}}'] = [...text.matchAll(/=[ \t]*(\S+)[ \t]+(\S+?)[ \t]*=/g)].at(-1) ?? [];
  for (const ending of section === undefined ? [closer, `}${closer}`, `=${closer}`] : ['']) {
    let repaired = text + ending;
    for (let attempt = 0; attempt < deepest; attempt++) {
      try {
        return unfinished(parse(repaired), text.length, section) ?? text.length;
      } catch (error) {
        const [, open] = /^Unclosed section "(.*)" at \d+$/s.exec(messageOf(error)) ?? [];
        if (open === undefined) break;
        repaired += `${opener}/${open}${closer}`;
      }
    }
  }
  return text.length;
}

/** The start of the innermost section, or the tag, that ends only in what was appended after `length`. */
function unfinished(tokens: readonly Token[], length: number, section: string | undefined): number | undefined {
  for (const token of tokens) {
    const inner = unfinished(token.children, length, section);
    if (inner !== undefined) return inner;
    const isOpen = section === undefined ? token.end > length : token.name === section && token.closing >= length;
    if (token.type !== 'text' && token.start < length && isOpen) return token.start;
  }
  return undefined;
}
