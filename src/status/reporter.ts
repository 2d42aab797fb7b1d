import type { Log } from '../log.ts';
import type { Provider } from '../model/application.ts';
import type { Secret } from '../secret.ts';
import { createGithubReporter } from './github.ts';
import { parseRepository } from './parse-repository.ts';

/** What the Git host shows beside a commit. */
export interface CommitStatus {
  /** 40 hex digits. */
  readonly commit: string;
  readonly environment: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** For people; what is too long for the Git host is cut. */
  readonly description: string;
  /** Where to read more. */
  readonly url: string;
}

/** Tells a Git host what became of a commit. A status equal to the last one of its commit and environment is not sent again. */
export interface Reporter {
  /** Tries once, for at most 10 s; WindlassError `git`, which is permanent where trying again cannot help. */
  report(status: CommitStatus): Promise<void>;
}

export interface ReporterOptions {
  readonly provider: Provider;
  /** Base of the Git host's API. */
  readonly apiUrl: string;
  readonly token: Secret | undefined;
  readonly repositoryUrl: string;
  readonly log: Log;
}

/** Undefined where nobody can be told: a provider without a record here, no token, or a repository that is a path. */
export function createReporter({ provider, apiUrl, token, repositoryUrl, log }: ReporterOptions): Reporter | undefined {
  const create = reporters[provider];
  const repository = parseRepository(repositoryUrl);
  if (create === undefined || token === undefined || repository === undefined) return undefined;
  if (new URL(apiUrl).hostname === 'api.github.com' && !/(^|\.)github\.com$/.test(repository.host)) {
    // The token is of another host, which has an API of its own.
    log.warn({ host: repository.host }, 'no commit statuses: set WINDLASS_REPOSITORY_API_URL to the API of this Git host');
    return undefined;
  }
  return create({ apiUrl, token, repository, log });
}

const reporters: Partial<Record<Provider, typeof createGithubReporter>> = { github: createGithubReporter };
