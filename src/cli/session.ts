import { createInterface } from 'node:readline/promises';
import { readSettings, type Settings } from '../settings.ts';
import { CliError } from './cli-error.ts';
import { type Client, createClient } from './client.ts';
import { findToken } from './connection.ts';
import type { Io } from './io.ts';
import { createPaint, type Paint } from './paint.ts';

/** What commands work with. */
export interface Session {
  readonly io: Io;
  /** For stdout. */
  readonly paint: Paint;
  /** For stderr. */
  readonly notePaint: Paint;
  settings(): Settings;
  client(): Promise<Client>;
  /** How long a line of a table may be: a terminal's width; for a pipe or a file undefined. */
  readonly width: number | undefined;
  /** Data, to stdout. */
  print(text: string): void;
  /** One JSON document, to stdout. */
  printJson(document: object): void;
  /** Everything else, to stderr: one line. */
  note(text: string): void;
  /** Asks on a terminal, unless told `yes`; CliError where the answer is no. */
  confirm(question: string, yes: boolean): Promise<void>;
  /** Sets the exit status, which is 0 otherwise. */
  end(status: number): void;
  status(): number;
}

export function createSession(io: Io): Session {
  let exit = 0;
  const settings = () => readSettings(io.env);
  return {
    io,
    paint: createPaint(io.env, io.stdout),
    notePaint: createPaint(io.env, io.stderr),
    width: io.stdout.isTTY ? io.stdout.columns : undefined,
    settings,
    client: async () => {
      const read = settings();
      return createClient({ url: read.url, token: await findToken(read) });
    },
    print: (text) => void io.stdout.write(text),
    printJson: (document) => void io.stdout.write(`${JSON.stringify(document, null, 2)}\n`),
    note: (text) => void io.stderr.write(`${text}\n`),
    confirm: (question, yes) => confirm(io, question, yes),
    end: (status) => {
      exit = status;
    },
    status: () => exit,
  };
}

async function confirm(io: Io, question: string, yes: boolean): Promise<void> {
  if (yes || !io.stdin.isTTY) return;
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  try {
    // The end of the input (Ctrl-D) answers nothing, and readline then waits for ever.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was done');
  } finally {
    terminal.close();
  }
}
