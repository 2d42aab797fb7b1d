import { WindlassError } from '../errors.ts';

/**
 * The layout of state directories and of Redis. Raised by a change that an older windlass would misread or that a newer one must migrate.
 */
export const stateFormat = 1;

/** What marks state as laid out like this: the format, and the windlass that laid it out first. */
export const formatMark = (windlass: string): string => `${stateFormat} ${windlass}`;

/**
 * Whether state may be used: `known` as it is, `unmarked` once it is marked, for what was laid out before there were marks is
 * format 1. Throws WindlassError `state` for what only another windlass can read. `place` says where the mark stands.
 */
export function judgeFormat(mark: string | undefined, place: string, windlass: string): 'known' | 'unmarked' {
  if (mark === undefined) return 'unmarked';
  const [, format, writer] = /^(\d+) (\S+)$/.exec(mark.trim()) ?? [];
  if (format === undefined || Number(format) < 1)
    throw new WindlassError(
      'state',
      `${place} is marked ${JSON.stringify(mark.slice(0, 40))}, which no windlass writes: put a copy of it back`,
    );
  if (Number(format) === stateFormat) return 'known';
  throw new WindlassError(
    'state',
    `${place} was laid out by windlass ${writer} (format ${format}); this is windlass ${windlass}, which reads format ${stateFormat}: run ${writer} or newer, or put back the copy from before the upgrade`,
  );
}
