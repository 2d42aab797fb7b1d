import { setTimeout as sleep } from 'node:timers/promises';

const longest = 4096;
/** The first lines say what was tried, the last ones why it failed. */
const kept = { head: 1024, tail: longest - 1024 };

/**
 * A tool's output for people: without control characters and the script's own words, at most 4 KiB, and with the names that people know
 * in place of those of candidates and kept files.
 */
export function toolOutput(raw: string, names: ReadonlyMap<string, string> = new Map()): string {
  let text = raw.replace(/\r\n?/g, '\n').replace(controlCharacters, '').replace(scriptsOwn, '');
  for (const [path, name] of names) text = text.replaceAll(path, name);
  text = text.trim();
  return text.length <= longest ? text : `${text.slice(0, kept.head)}\n…\n${text.slice(-kept.tail)}`;
}

/** Escape sequences of terminals first, whole; then all control characters but tab and line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacters = /\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
const scriptsOwn = /^(\d+\+\d+ records (in|out)|\d+ bytes.* copied, .*|windlass-(end|pid)-[\w-]+)\n?/gm;

export interface CollectedOutput {
  text(): string;
  /** Resolves once the text has come, the stream has ended, or so many milliseconds are over. */
  until(text: string, withinMs: number): Promise<void>;
  readonly ended: Promise<void>;
}

/** Keeps the last of what a stream says, 64 KiB at most. */
export function collectOutput(stream: NodeJS.ReadableStream): CollectedOutput {
  const most = 65_536;
  let chunks = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    const joined = Buffer.concat([chunks, chunk]);
    chunks = joined.subarray(Math.max(0, joined.length - most));
  });
  const ended = new Promise<void>((resolve) => {
    stream.once('end', resolve);
    stream.once('error', () => resolve());
  });
  const until = async (text: string, withinMs: number) => {
    if (chunks.includes(text)) return;
    const stop = new AbortController();
    const come = new Promise<void>((resolve) => {
      const look = () => chunks.includes(text) && resolve();
      stream.on('data', look);
      stop.signal.addEventListener('abort', () => stream.off('data', look));
    });
    await Promise.race([come, ended, sleep(withinMs, undefined, { signal: stop.signal }).catch(() => {})]);
    stop.abort();
  };
  return { text: () => chunks.toString('utf8'), until, ended };
}
