/** What ends a command: a sentence for stderr and the exit status. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly status: number;
  /** Further lines, in the words of the tool that failed. */
  readonly output: string | undefined;
  /** HTTP status of the controller's refusal, 0 where it did not answer; undefined where it has nothing to do with it. */
  readonly answer: number | undefined;

  constructor(message: string, options: { status?: number; output?: string | undefined; answer?: number } = {}) {
    super(message);
    this.status = options.status ?? exitStatus.failed;
    this.output = options.output;
    this.answer = options.answer;
  }
}

/** Exit statuses; `changes` is that of `plan --detailed-exitcode`, `interrupted` what shells expect after Ctrl-C. */
export const exitStatus = { done: 0, failed: 1, wrongUse: 2, changes: 2, rolledBack: 3, interrupted: 130 } as const;

/** Ends a command for wrong use. */
export const wrongUse = (message: string): CliError => new CliError(message, { status: exitStatus.wrongUse });
