import type { Log } from '../log.ts';
import type { Secret } from '../secret.ts';
import type { HostedRepository } from './parse-repository.ts';

/** A status as it is to be shown: `description` is one line that every Git host takes. */
export interface ShownStatus {
  /** 40 hex digits. */
  readonly commit: string;
  /** What tells this status from others of the commit: `windlass/staging`. */
  readonly context: string;
  /** `superseded`: something newer was pushed before it had been deployed everywhere. */
  readonly state: 'pending' | 'success' | 'failure' | 'error' | 'superseded';
  readonly description: string;
  /** Where to read more. */
  readonly url: string;
}

export interface StatusHostOptions {
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly token: Secret;
  readonly repository: HostedRepository;
  readonly log: Log;
}

/** How one Git host is told of a commit. A new one is a new record in reporter.ts. */
export interface StatusHost {
  /** Where its API is, unless a setting says otherwise: beside the repository, so that its token goes to nobody else. */
  apiUrl(repository: HostedRepository): string;
  /** Whether the token may set commit statuses, as far as this Git host tells; undefined where it does not. Never rejects. */
  mayReport(options: StatusHostOptions): Promise<boolean | undefined>;
  /** Tries once, for at most 10 s; WindlassError `git`. Undefined where the repository's path is none of this Git host's. */
  connect(options: StatusHostOptions): ((status: ShownStatus) => Promise<void>) | undefined;
}
