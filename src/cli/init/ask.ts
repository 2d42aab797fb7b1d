import { createInterface } from 'node:readline/promises';
import { messageOf } from '../../errors.ts';
import { CliError } from '../cli-error.ts';
import type { Io } from '../io.ts';

/** Asks one question; an empty answer is the default. */
export type Ask = (question: string, byDefault: string, check?: (answer: string) => string) => Promise<string>;

/** Asks on a terminal; without one, or told not to, every answer is its default. */
export async function withQuestions<T>(io: Io, quiet: boolean, act: (ask: Ask) => Promise<T>): Promise<T> {
  if (quiet || !io.stdin.isTTY) return act(async (_, byDefault) => byDefault);
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  // Lines are read ahead: what somebody pastes answers several questions.
  const lines = terminal[Symbol.asyncIterator]();
  const ask: Ask = async (question, byDefault, check = (answer) => answer) => {
    for (;;) {
      terminal.setPrompt(`${question} [${byDefault}] `);
      terminal.prompt();
      const line = await lines.next();
      if (line.done) throw new CliError('nothing was done');
      try {
        return check(line.value.trim() || byDefault);
      } catch (error) {
        io.stderr.write(`  ${messageOf(error)}\n`);
      }
    }
  };
  try {
    return await act(ask);
  } finally {
    terminal.close();
  }
}
