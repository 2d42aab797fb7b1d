import type { StepVerify } from '../model/step.ts';

/** A verification that has not passed yet, and how often it has been tried. */
export interface Pending {
  readonly verify: StepVerify;
  readonly tries: number;
}

/**
 * Whether it is to be tried so many milliseconds after the verifying began: at once and again and again, or at once and `retries` times
 * more, evenly over `within`.
 */
export function isDue({ verify: { retries, withinMs }, tries }: Pending, elapsedMs: number): boolean {
  return tries === 0 || retries === undefined || elapsedMs >= (tries * withinMs) / retries;
}

/** Whether a try that has just failed was the last one. */
export const isOver = ({ verify: { retries, withinMs }, tries }: Pending, elapsedMs: number): boolean =>
  elapsedMs >= withinMs || (retries !== undefined && tries > retries);
