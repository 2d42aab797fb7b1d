import { stripVTControlCharacters } from 'node:util';

/** The first seven digits, as Git shows them; `-` for none. */
export const shortCommit = (commit: string | null): string => commit?.slice(0, 7) ?? '-';

/** RFC 3339 without fractions; `-` for none. */
export const shortTime = (time: string | null | undefined): string => (time ? time.replace(/\.\d+/, '').replace('T', ' ') : '-');

/** `84ms`, `4.2s`, `3m05s`; `-` for none. */
export function shortDuration(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return '-';
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}

/** As it is written in a file: `30s`, `1m30s`, `500ms`. */
export function wholeDuration(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`;
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${seconds > 0 || ms < 60_000 ? `${seconds}s` : ''}`;
}

/** How long ago: `12s`, `5m`, `3h`, `4d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)}h` : `${Math.round(seconds / 86_400)}d`;
}

/** Bytes as GiB or MiB. */
export const shortBytes = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;

export const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

/** Text of others on one line, without anything that a terminal would carry out. */
export const oneLine = (text: string): string =>
  printable(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();

/** Text of others as lines, without anything that a terminal would carry out. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this takes out
  stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
