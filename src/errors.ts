/**
 * An error that a person may read: what failed, on what, and what to do.
 *
 * `code` is stable and documented; `permanent` says that trying the same again cannot help.
 */
export class WindlassError extends Error {
  override readonly name = 'WindlassError';
  readonly code: ErrorCode;
  readonly permanent: boolean;
  /** Further lines in the words of the tool that failed (a compiler, `nginx -t`), without windlass's own. */
  readonly output: string | undefined;

  constructor(code: ErrorCode, message: string, options: { permanent?: boolean; cause?: unknown; output?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.permanent = options.permanent ?? true;
    this.output = options.output;
  }
}

export type ErrorCode =
  | 'settings' // a setting is missing or wrong
  | 'repository' // the repository's content is wrong: issues with places
  | 'git' // the repository cannot be read
  | 'deadline' // something took longer than it may
  | 'docker' // the engine refused or is away
  | 'build' // an image did not build
  | 'health' // a container did not become ready
  | 'refused' // a config file failed its check; nothing has changed
  | 'install' // a config file cannot be installed in this container
  | 'verify' // an action's verification failed; it was undone
  | 'fenced' // a newer run has taken over; this one may not act
  | 'host-lost' // a host's agent does not answer
  | 'redis' // Redis is away or refuses
  | 'unknown-name' // somebody asked for an environment, application… that is not there
  | 'state' // a state directory or Redis of another version's format
  | 'notify' // an outcome could not be told at WINDLASS_NOTIFY_URL
  | 'conflict' // what was asked for does not fit what is there: a freeze, another plan, a deployment that failed
  | 'locked'; // another process holds what this one needs

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
