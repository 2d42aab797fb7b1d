import type { Log } from '../log.ts';
import type { Provider } from '../model/root.ts';
import type { Secret } from '../secret.ts';
import { bitbucket } from './bitbucket.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { parseRepository } from './parse-repository.ts';
import type { ShownStatus, StatusHost } from './status-host.ts';

/** What the Git host shows beside a commit. */
export interface CommitStatus {
  /** 40 hex digits. */
  readonly commit: string;
  readonly environment: string;
  readonly state: ShownStatus['state'];
  /** For people; what is too long for the Git host is cut. */
  readonly description: string;
  /** Where to read more. */
  readonly url: string;
}

/** Tells a Git host what became of a commit. A status equal to the last one of its commit and environment is not sent again. */
export interface Reporter {
  /** Tries once, for at most 10 s; WindlassError `git`, which is permanent where trying again cannot help. */
  report(status: CommitStatus): Promise<void>;
  /** Whether the token may; undefined where the Git host does not tell. */
  mayReport(): Promise<boolean | undefined>;
}

export interface ReporterOptions {
  readonly provider: Provider;
  /** Base of the Git host's API; undefined: where this Git host has it. */
  readonly apiUrl: string | undefined;
  readonly token: Secret | undefined;
  readonly repositoryUrl: string;
  readonly log: Log;
}

const hosts: Readonly<Record<Provider, StatusHost | undefined>> = { github, gitlab, gitea, bitbucket, standard: undefined };

/** The shortest of what the Git hosts take; GitHub refuses more. */
const longestDescription = 140;
const remembered = 1000;

/** Undefined where nobody can be told: a repository that no Git host has, or no token. */
export function createReporter({ provider, apiUrl, token, repositoryUrl, log }: ReporterOptions): Reporter | undefined {
  const host = hosts[provider];
  const repository = parseRepository(repositoryUrl);
  if (host === undefined || token === undefined || repository === undefined) return undefined;
  const options = { apiUrl: apiUrl ?? host.apiUrl(repository), token, repository, log };
  const post = host.connect(options);
  if (post === undefined) {
    log.warn({ provider, path: repository.path }, 'no commit statuses: this Git host has no repository of such a path');
    return undefined;
  }
  const last = new Map<string, string>();
  return {
    report: async ({ environment, description, ...status }) => {
      const shown: ShownStatus = { ...status, context: `windlass/${environment}`, description: shortened(description) };
      const key = `${shown.commit} ${shown.context}`;
      const value = JSON.stringify(shown);
      if (last.get(key) === value) return;
      await post(shown);
      remember(last, key, value);
    },
    mayReport: () => host.mayReport(options),
  };
}

function shortened(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  return characters.length <= longestDescription ? characters.join('') : `${characters.slice(0, longestDescription - 1).join('')}…`;
}

function remember(last: Map<string, string>, key: string, value: string): void {
  last.delete(key);
  last.set(key, value);
  const [oldest] = last.keys();
  if (last.size > remembered && oldest !== undefined) last.delete(oldest);
}
