import { WindlassError } from '../errors.ts';
import type { PushConfigStep } from '../model/step.ts';

/** A word of a check: fixed text, and the numbers (from 1) of the files whose candidates' paths stand between. */
export type CheckWord = readonly (string | number)[];
export type Check = readonly CheckWord[];

/** Checks by where they run: in the container on candidates, or in a shadow with every file in place. */
export interface SortedChecks {
  readonly staged: readonly Check[];
  readonly shadow: readonly (readonly string[])[];
}

type Files = Pick<PushConfigStep, 'files' | 'all'>;

/**
 * Resolves `{{staged}}` (each changed file that the check concerns, one run for each) and `{{staged:SOURCE}}` (that file, whose
 * target stands in for a candidate where it does not change). A check that has no candidate to look at, of a push that removes files,
 * is one for the shadow, where they are gone. An unknown source is an `install` error.
 */
export function sortChecks(step: Files & Pick<PushConfigStep, 'remove' | 'checks'>): SortedChecks {
  const staged: Check[] = [];
  const shadow: (readonly string[])[] = [];
  for (const { argv, sources } of step.checks) {
    if (!argv.some((word) => word.includes(opening))) {
      shadow.push(argv);
      continue;
    }
    const runs = runsOf(argv, sources, step);
    if (step.remove.length === 0 || runs.some(hasCandidate)) staged.push(...runs);
    else shadow.push(...inPlace(argv, sources, step));
  }
  return { staged, shadow };
}

function runsOf(argv: readonly string[], sources: readonly string[], files: Files): Check[] {
  if (!ofEach(argv)) return [resolve(argv, files, '')];
  return files.files.flatMap(({ source }, index) => (sources.includes(source) ? [resolve(argv, files, index + 1)] : []));
}

const ofEach = (argv: readonly string[]): boolean => argv.some((word) => word.includes('{{staged}}'));

const hasCandidate = (check: Check): boolean => check.flat().some((part) => typeof part === 'number');

/** The check on targets: `{{staged}}` is the first file that it concerns; where none is left, there is nothing to look at. */
function inPlace(argv: readonly string[], sources: readonly string[], files: Files): string[][] {
  const first = files.all.find(({ source }) => sources.includes(source));
  if (ofEach(argv) && !first) return [];
  return [checkArgv(resolve(argv, { files: [], all: files.all }, first?.target ?? ''), String)];
}

/** Every check on targets, for where all files are in their places: one with `{{staged}}` once for each of `files` that it concerns. */
export function checksInPlace({ files, all, checks }: Files & Pick<PushConfigStep, 'checks'>): string[][] {
  return checks.flatMap(({ argv, sources }) => {
    const at = (target: string) => checkArgv(resolve(argv, { files: [], all }, target), String);
    return ofEach(argv) ? files.filter(({ source }) => sources.includes(source)).map(({ target }) => at(target)) : [at('')];
  });
}

const opening = '{{staged';
const placeholder = /\{\{staged(?::([^{}]+))?\}\}/;

function resolve(argv: readonly string[], files: Files, current: string | number): Check {
  return argv.map((word) => {
    // Splitting by a pattern with a group: text and the group's match in turn; undefined for `{{staged}}`.
    const parts: readonly (string | undefined)[] = word.split(placeholder);
    return parts.flatMap((part, index) => {
      if (index % 2 === 1) return [part === undefined ? current : candidateOf(part, files, argv)];
      if (part?.includes(opening)) throw wrongPlaceholder(word, argv);
      return part ? [part] : [];
    });
  });
}

function candidateOf(source: string, { files, all }: Files, argv: readonly string[]): string | number {
  const index = files.findIndex((file) => file.source === source);
  const target = all.find((file) => file.source === source)?.target;
  if (index < 0 && target === undefined) throw wrongPlaceholder(`{{staged:${source}}}`, argv);
  return index < 0 ? (target ?? '') : index + 1;
}

const wrongPlaceholder = (text: string, argv: readonly string[]): WindlassError =>
  new WindlassError('install', `the check ${argv[0]} has ${text}, which names no config file of this container; write {{staged:SOURCE}}`);

/** The check as argv, given the paths of the candidates. */
export const checkArgv = (check: Check, pathOf: (file: number) => string): string[] =>
  check.map((word) => word.map((part) => (typeof part === 'number' ? pathOf(part) : part)).join(''));
