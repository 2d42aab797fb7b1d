import { createInterface } from 'node:readline/promises';
import { CliError } from '../cli-error.ts';
import type { Io } from '../io.ts';

/** Asks one question; an empty answer is the default. */
export type Ask = (question: string, byDefault: string, check?: (answer: string) => string) => Promise<string>;

/** Asks on a terminal; without one, or told not to, every answer is its default. */
export async function withQuestions<T>(io: Io, quiet: boolean, act: (ask: Ask) => Promise<T>): Promise<T> {
  if (quiet || !io.stdin.isTTY) return act(async (_, byDefault) => byDefault);
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  const closed = new Promise<never>((_, reject) => terminal.once('close', () => reject(new CliError('nothing was done'))));
  closed.catch(() => {});
  const ask: Ask = async (question, byDefault, check = (answer) => answer) => {
    for (;;) {
      const answer = (await Promise.race([terminal.question(`${question} [${byDefault}] `), closed])).trim() || byDefault;
      try {
        return check(answer);
      } catch (error) {
        io.stderr.write(`  ${error instanceof Error ? error.message : error}\n`);
      }
    }
  };
  try {
    return await act(ask);
  } finally {
    terminal.close();
  }
}
