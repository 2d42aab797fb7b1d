import type { Healthcheck } from '../model/application.ts';
import { healthcheckKeys } from './compose-service-keys.ts';
import { parseDuration } from './quantities.ts';
import { boolean, type Cursor, fail, integer, isNull, parsed, quote, type Reader, string } from './reader.ts';
import { entries, fields, list, present, record } from './reader-collections.ts';
import { shellWords } from './shell-words.ts';

/** A duration as Compose writes it, in milliseconds. */
export const duration: Reader<number> = parsed(parseDuration, 'a duration, for example 10s or 1m30s');

/** A list of arguments, or a line split into words as a shell does. */
export const readCommand: Reader<readonly string[]> = (at) => {
  if (at.value.kind === 'list') return list(string)(at);
  const line = string(at);
  return line === undefined ? undefined : (shellWords(line) ?? fail(at, `has a quote that is not closed: ${quote(line)}`));
};

const own = 'has no value, and windlass does not pass on its own environment';

/**
 * `environment:` or build arguments: a mapping of names to text, or a list of `NAME=value`. A name alone would mean
 * windlass's own environment, and is refused.
 */
export const readEnvironment: Reader<Readonly<Record<string, string>>> = (at) => {
  if (at.value.kind === 'list') return readPairs(at, own);
  return record(
    entries(at).map((entry) => {
      if (entry.key === '' || entry.key.includes('=')) return [entry.key, fail(entry, 'is no name of a variable', entry.keyPlace)];
      return [entry.key, isNull(entry) ? fail(entry, own, entry.keyPlace) : string(entry)];
    }),
  );
};

/** A mapping of names to text, or a list of `NAME=value` or `NAME`. Names that windlass and Compose tools set themselves are refused. */
export const readLabels: Reader<Readonly<Record<string, string>>> = (at) => {
  const labels =
    at.value.kind === 'list'
      ? readPairs(at, undefined)
      : record(entries(at).map((entry) => [entry.key, isNull(entry) ? '' : string(entry)]));
  return labels && checkedLabels(at, labels);
};

/** Complains about labels that windlass sets. */
export function checkedLabels(at: Cursor, labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const label of Object.keys(labels)) {
    if (/^(?:windlass|com\.docker\.compose)\./.test(label)) fail(at, `has the label ${label}, which windlass sets itself`);
  }
  return labels;
}

/** A list of `NAME=value`; for a name alone `complaint` is said, or it is empty text where there is none. */
export function readPairs(at: Cursor, complaint: string | undefined): Readonly<Record<string, string>> | undefined {
  const pairs = list((item) => {
    const text = string(item);
    if (text === undefined) return undefined;
    const equals = text.indexOf('=');
    if (/^__proto__(?:=|$)/.test(text)) return fail(item, 'names __proto__, which is not allowed');
    if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)] as const;
    if (equals === 0 || text === '') return fail(item, `must be NAME=value, not ${quote(text)}`);
    return complaint === undefined ? ([text, ''] as const) : fail(item, `${quote(text)} ${complaint}`);
  })(at);
  return pairs && record(new Map(pairs));
}

/** `test` as text, list or `NONE`; `disable: true` is `NONE`. */
export const readHealthcheck: Reader<Healthcheck> = (at) => {
  const found = fields(at, healthcheckKeys);
  if (found === undefined) return undefined;
  const test = found.read('test', readTest) ?? [];
  return {
    test: found.read('disable', boolean) ? ['NONE'] : test,
    intervalMs: found.read('interval', duration),
    timeoutMs: found.read('timeout', duration),
    startPeriodMs: found.read('start_period', duration),
    retries: found.read('retries', integer(0, 1000)),
    ...present({ startIntervalMs: found.read('start_interval', duration) }),
  };
};

const readTest: Reader<readonly string[]> = (at) => {
  if (at.value.kind !== 'list') {
    const line = string(at);
    if (line === undefined) return undefined;
    return line === 'NONE' ? ['NONE'] : ['CMD-SHELL', line];
  }
  const test = list(string)(at);
  if (test === undefined) return undefined;
  const [kind] = test;
  if (kind === 'NONE' && test.length === 1) return test;
  if (kind === 'CMD' && test.length > 1) return test;
  if (kind === 'CMD-SHELL' && test.length === 2) return test;
  return fail(at, 'must be [CMD, program, …], [CMD-SHELL, line] or [NONE]');
};

/** `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:N`. */
export const readRestart: Reader<string> = parsed(
  (text) => (/^(?:no|always|unless-stopped|on-failure(?::[0-9]{1,6})?)$/.test(text) ? text : undefined),
  'one of no, always, unless-stopped, on-failure, on-failure:N',
);

const signals = `HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ
  VTALRM PROF WINCH IO PWR SYS`.split(/\s+/);

/** A signal by name, with or without `SIG`, or by number; the name without `SIG`. */
export const readSignal: Reader<string> = parsed((text) => {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const isNumber = /^[1-9][0-9]?$/.test(name) && Number(name) <= 64;
  return signals.includes(name) || isNumber || /^RTM(?:IN(?:\+[0-9]{1,2})?)$/.test(name) ? name : undefined;
}, 'a signal, for example HUP or USR2');

/** `always`, `never` or `missing`, which is also called `if_not_present`; `build` is what windlass does with a `build` anyway. */
export function readPullPolicy(isBuilt: boolean): Reader<'always' | 'never' | 'missing'> {
  return (at) => {
    const policy = string(at);
    if (policy === 'always' || policy === 'never' || policy === 'missing') return policy;
    if (policy === undefined || policy === 'if_not_present') return policy && 'missing';
    if (policy === 'build') return isBuilt ? 'missing' : fail(at, 'is build, but there is no build beside it');
    if (/^(?:refresh|daily|weekly|every_.+)$/.test(policy)) {
      return fail(at, `is ${quote(policy)}: windlass pulls when it deploys, by no calendar; write always, and deploy when it should look`);
    }
    return fail(at, `must be one of missing, always, never, build, not ${quote(policy)}`);
  };
}
