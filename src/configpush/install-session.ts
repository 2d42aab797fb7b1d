import { createInterface } from 'node:readline';
import type { Engine, ExecSession } from '../docker/engine.ts';
import { messageOf, WindlassError } from '../errors.ts';
import { installScript } from './install-script.ts';
import { collectOutput } from './tool-output.ts';

/** A line of the script: its first word, and the rest of the line. */
export interface Report {
  readonly word: string;
  readonly rest: string;
}

/** The script in a container, seen through its lines. */
export interface InstallSession {
  /** The next line; undefined once the script has ended or its connection is lost. A `deadline` error after so many milliseconds. */
  next(withinMs: number): Promise<Report | undefined>;
  write(bytes: Uint8Array | string): void;
  /** Ends its stdin and waits (5 s at most) for its end and its last output; whether it has said that it left nothing staged. */
  end(): Promise<boolean>;
  /** What tools wrote so far. */
  output(): string;
  /** Waits for that text in the output, for a second at most. */
  outputUntil(text: string): Promise<void>;
  /** Undefined where the engine does not know. */
  exitCode(): Promise<number | undefined>;
}

const endMs = 5000;

/** Starts the script as uid 0; no shell in the container is an `install` error. */
export async function startSession(engine: Engine, container: string, args: readonly string[]): Promise<InstallSession> {
  const exec = await engine
    .exec(container, { argv: ['sh', '-c', installScript, 'windlass', ...args], user: '0' })
    .catch((error: unknown) => {
      throw isMissingProgram(messageOf(error)) ? new NoShell() : error;
    });
  exec.stdin.on('error', () => {});
  const errors = collectOutput(exec.stderr);
  const lines = createInterface({ input: exec.stdout, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  let swept = false;
  /** The next line that is not its last word. */
  const nextLine = async (): Promise<string | undefined> => {
    const { done, value } = await lines.next();
    if (done) return undefined;
    if (value !== 'swept') return value;
    swept = true;
    return nextLine();
  };
  const ended = async () => {
    while ((await nextLine()) !== undefined);
    await errors.ended;
  };
  return {
    next: async (withinMs) => {
      const line = await within(withinMs, nextLine());
      if (line === late) throw await timedOut(exec, withinMs);
      if (line === undefined) return undefined;
      const [word = '', ...rest] = line.split(' ');
      return { word, rest: rest.join(' ') };
    },
    write: (bytes) => void exec.stdin.write(bytes),
    end: async () => {
      exec.stdin.end();
      if ((await within(endMs, ended())) === late) exec.close();
      return swept;
    },
    output: errors.text,
    outputUntil: (text) => errors.until(text, 1000),
    exitCode: () => exec.exit.catch(() => undefined),
  };
}

/** The engine could not start `sh`; older ones answer 126 from the exec, newer ones refuse to start it. */
export class NoShell extends Error {}

export const isMissingProgram = (message: string): boolean =>
  /executable file not found|exec: .*(no such file or directory|permission denied)|OCI runtime exec failed/i.test(message);

async function timedOut(exec: ExecSession, afterMs: number): Promise<WindlassError> {
  exec.close();
  return new WindlassError('deadline', `the container did not answer within ${Math.round(afterMs / 1000)} s`, { permanent: false });
}

const late: unique symbol = Symbol('late');

async function within<T>(limitMs: number, answer: Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), limitMs);
  });
  try {
    return await Promise.race([answer, over]);
  } finally {
    clearTimeout(timer);
  }
}
