import type { Issue, Place } from '../model/application.ts';
import type { LineMap } from '../model/line-map.ts';
import { createLineTrace, type LineTrace } from './line-trace.ts';
import { type Frame, kindOf, lookUp } from './lookup.ts';
import { IssueError, type Reading } from './reading.ts';
import { parseTemplate, placeAt, type Token } from './template-syntax.ts';
import { isViewObject, type ViewObject, type ViewValue } from './view-object.ts';

/** Bytes that a rendered file may have. */
export const largestFile = 1024 * 1024;
/** Tags that one rendering may pass, those in repeated sections each time. */
const mostTags = 1_000_000;

/** The text, complete only where there is no issue. */
export interface Rendered {
  readonly text: string;
  /** From its lines to the template's. */
  readonly lines: LineMap;
  readonly issues: readonly Issue[];
}

interface Run {
  readonly start: Place;
  readonly text: string;
  readonly reading: Reading;
  readonly out: string[];
  readonly trace: LineTrace;
  /** By place and message: a repeated section misses the same name each time. */
  readonly issues: Map<string, Issue>;
  bytes: number;
  tags: number;
  /** A bound was passed: nothing more is rendered. */
  stopped: boolean;
}

/**
 * Renders Mustache strictly: a name that is not there, or that cannot be printed, is an issue at its tag. All of them are collected.
 * Nothing is escaped, no function is called, nothing inherited is found. mustache.js parses; sections and values follow its rules.
 */
export function renderTemplate(start: Place, text: string, root: ViewObject, reading: Reading): Rendered {
  const parsed = parseTemplate(start, text);
  if ('issues' in parsed) return { text: '', lines: [], issues: parsed.issues };
  const run: Run = { start, text, reading, out: [], trace: createLineTrace(text), issues: new Map(), bytes: 0, tags: 0, stopped: false };
  renderAll(run, parsed.tokens, { value: root, path: undefined, outer: undefined });
  return { text: run.out.join(''), lines: run.trace.map, issues: [...run.issues.values()] };
}

function renderAll(run: Run, tokens: readonly Token[], frame: Frame): void {
  for (const token of tokens) {
    if (run.stopped) return;
    if (token.type === 'text') write(run, token, token.name);
    else if (token.type === 'name' || token.type === '&') print(run, token, frame);
    else if (token.type === '#' || token.type === '^') renderSection(run, token, frame);
  }
}

function renderSection(run: Run, token: Token, frame: Frame): void {
  const found = read(run, token, frame);
  if (found === undefined) return;
  const { value, path } = found;
  const isOff = !value || (Array.isArray(value) && value.length === 0);
  if (token.type === '^') {
    if (isOff) renderAll(run, token.children, frame);
  } else if (Array.isArray(value)) {
    for (const item of value) renderAll(run, token.children, { value: item, path: undefined, outer: frame });
  } else if (!isOff) {
    renderAll(run, token.children, value === true ? frame : { value, path, outer: frame });
  }
}

function print(run: Run, token: Token, frame: Frame): void {
  const found = read(run, token, frame);
  if (found === undefined) return;
  const { value } = found;
  if (typeof value === 'object') complain(run, token, unprintable(token.name, value));
  else write(run, token, String(value));
}

function read(run: Run, token: Token, frame: Frame): { readonly value: ViewValue; readonly path: string | undefined } | undefined {
  if (++run.tags > mostTags) return stop(run, token, `the file passes more than ${mostTags} tags: nested sections repeat too often`);
  try {
    const found = lookUp(frame, token.name);
    if ('problem' in found) return complain(run, token, found.problem);
    if (found.reads !== undefined) run.reading.record(found.reads);
    return found;
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
    run.issues.set(JSON.stringify(error.issue), error.issue);
    return undefined;
  }
}

function write(run: Run, token: Token, text: string): void {
  run.bytes += Buffer.byteLength(text);
  if (run.bytes > largestFile) stop(run, token, `the rendered file is larger than ${largestFile} bytes`);
  else {
    run.out.push(text);
    run.trace.wrote(text, token.start, token.type === 'text');
  }
}

/** Why a list, a map or null cannot be printed, and what to write instead. */
export function unprintable(name: string, value: ViewValue): string {
  if (value === null) return `"${name}" is null and cannot be printed: give it a value, or write {{#${name}}}…{{/${name}}} around it`;
  const example = isViewObject(value) ? Object.keys(value)[0] : undefined;
  const cure = Array.isArray(value)
    ? `write {{#${name}}}…{{/${name}}} around what each element prints`
    : `name one of its values${example === undefined ? '' : `, such as {{${name === '.' ? '' : `${name}.`}${example}}}`}`;
  return `"${name}" is ${kindOf(value)} and cannot be printed: ${cure}`;
}

function complain(run: Run, token: Token, message: string): undefined {
  const key = `${token.start} ${message}`;
  if (!run.issues.has(key)) run.issues.set(key, { ...placeAt(run.start, run.text, token.start), message });
}

function stop(run: Run, token: Token, message: string): undefined {
  run.stopped = true;
  complain(run, token, message);
}
