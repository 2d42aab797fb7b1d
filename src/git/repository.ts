import { WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Provider } from '../model/application.ts';
import type { Secret } from '../secret.ts';
import { openLocalRepository } from './local-repository.ts';
import { parseLocation } from './location.ts';
import type { Objects } from './objects.ts';
import { openRemoteRepository } from './remote-repository.ts';

/** A repository's bytes. Everything but `fetch` answers from what the last fetch brought. Errors are WindlassError `git`. */
export interface Repository extends Objects {
  /** For messages, without credentials. */
  readonly name: string;
  /** Brings HEAD's branch and the watched ones up to date; nothing to do for a path of this machine. */
  fetch(signal?: AbortSignal): Promise<void>;
}

export interface RepositoryOptions {
  /** An http(s) URL, or the path of a bare or ordinary repository of this machine. */
  readonly location: string;
  /** windlass's own, for the clone of a URL; it may be emptied at any time. */
  readonly directory: string;
  readonly provider: Provider;
  readonly token: Secret | undefined;
  /** The branches to follow besides HEAD's, asked for at each fetch. */
  readonly branches: () => readonly string[];
  readonly log: Log;
}

/** Opens a repository; nothing is read before the first call. An address that this version cannot read is refused at once. */
export function openRepository(options: RepositoryOptions): Repository {
  const location = parseLocation(options.location);
  if (location.kind === 'path') return openLocalRepository(location);
  if (location.password !== undefined && options.token !== undefined) {
    throw new WindlassError('git', `${location.name} has a password in its URL and a token: leave the password out`);
  }
  return openRemoteRepository({ ...options, location });
}
