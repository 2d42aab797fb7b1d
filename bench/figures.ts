import { cpus, loadavg, totalmem } from 'node:os';

/** Milliseconds, rounded; what a reader compares. */
export interface Figures {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function figures(values: readonly number[]): Figures {
  return { median: round(quantile(values, 0.5)), min: round(Math.min(...values)), max: round(Math.max(...values)) };
}

/** The value below which this share (0 to 1) of the values lies; between two values at the median of an even number. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

export const round = (value: number): number => Math.round(value * 10) / 10;

/** The machine of the figures. `loadBefore` over the number of CPUs says that others worked on it too. */
export const machine = () => ({
  cpus: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGiB: round(totalmem() / 1024 ** 3),
  loadBefore: round(loadavg()[0] ?? 0),
  node: process.version,
});

/** A whole number of at least 1 from the command line. */
export function countArgument(position: number, otherwise: number): number {
  const text = process.argv[position + 1];
  const count = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  console.error(`${text} is not a whole number above 0`);
  process.exit(2);
}

export const say = (line: string): void => void process.stderr.write(`${line}\n`);
