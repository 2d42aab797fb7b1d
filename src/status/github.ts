import { Octokit } from 'octokit';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Secret } from '../secret.ts';
import type { HostedRepository } from './parse-repository.ts';
import type { CommitStatus, Reporter } from './reporter.ts';

const timeoutMs = 10_000;
/** https://docs.github.com/en/rest/commits/statuses: more is refused. */
const longestDescription = 140;
const remembered = 1000;

interface Options {
  readonly apiUrl: string;
  readonly token: Secret;
  readonly repository: HostedRepository;
  readonly log: Log;
}

/** Commit statuses of GitHub, one context `windlass/<environment>` for each environment. */
export function createGithubReporter({ apiUrl, token, repository: { owner, repo }, log }: Options): Reporter {
  const note = (message: string) => log.debug({ repository: `${owner}/${repo}` }, message);
  const octokit = new Octokit({
    auth: token.reveal(),
    baseUrl: apiUrl,
    userAgent: 'windlass',
    log: { debug: note, info: note, warn: note, error: note },
    // The caller has a queue; octokit would wait for minutes.
    retry: { enabled: false },
    throttle: { enabled: false },
  });
  const last = new Map<string, string>();
  return {
    report: async (status) => {
      const { commit, ...parameters } = parametersOf(status);
      const key = `${commit} ${parameters.context}`;
      const value = JSON.stringify(parameters);
      if (last.get(key) === value) return;
      const request = { signal: AbortSignal.timeout(timeoutMs) };
      await octokit
        .request('POST /repos/{owner}/{repo}/statuses/{sha}', { owner, repo, sha: commit, ...parameters, request })
        .catch((error: unknown) => Promise.reject(refusal(error, `${owner}/${repo}`, commit)));
      remember(last, key, value);
    },
  };
}

function parametersOf({ commit, environment, state, description, url }: CommitStatus) {
  return { commit, state, context: `windlass/${environment}`, description: shortened(description), target_url: url };
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

function refusal(error: unknown, repository: string, commit: string): WindlassError {
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0;
  const what = `cannot set the status of ${commit.slice(0, 8)} in ${repository}`;
  const permanent = status === 401 || status === 404 || status === 422 || (status === 403 && !/rate limit/i.test(messageOf(error)));
  if (status === 401 || status === 403 || status === 404) {
    const cure = 'the token needs write access to commit statuses (WINDLASS_REPOSITORY_TOKEN)';
    return new WindlassError('git', `${what}: HTTP ${status}, ${firstLine(error)}; ${cure}`, { permanent, cause: error });
  }
  return new WindlassError('git', `${what}: ${firstLine(error)}`, { permanent, cause: error });
}

const firstLine = (error: unknown): string => messageOf(error).split('\n', 1)[0]?.slice(0, 200) ?? '';
