import { createInterface } from 'node:readline';
import { PassThrough, type Readable } from 'node:stream';

/** Lines of several containers as they come, each behind its container's name where there are several. */
export function mergeLogs(logs: readonly { readonly name: string; readonly lines: Readable }[]): Readable {
  const [only] = logs;
  if (only && logs.length === 1) return only.lines;
  const merged = new PassThrough();
  let open = logs.length;
  if (open === 0) merged.end();
  for (const { name, lines } of logs) {
    const reader = createInterface({ input: lines });
    reader.on('line', (line) => {
      if (merged.write(`${name}: ${line}\n`)) return;
      reader.pause();
      merged.once('drain', () => reader.resume());
    });
    reader.on('close', () => {
      open -= 1;
      if (open === 0) merged.end();
    });
    lines.on('error', () => reader.close());
    merged.on('close', () => lines.destroy());
  }
  return merged;
}
