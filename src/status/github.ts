import { messageOf } from '../errors.ts';
import { askHost, isRefusal, mayPush } from './ask-host.ts';
import { refusal } from './refusal.ts';
import type { StatusHost } from './status-host.ts';

const timeoutMs = 10_000;

/** Commit statuses of GitHub, and of GitHub Enterprise Server: https://docs.github.com/en/rest/commits/statuses */
export const github: StatusHost = {
  apiUrl: ({ host, origin }) => (/(^|\.)github\.com$/.test(host) ? 'https://api.github.com' : `${origin}/api/v3`),
  mayReport: async ({ apiUrl, token, repository: { path } }) => {
    const answer = await askHost(`${apiUrl}/repos/${path}`, { authorization: `Bearer ${token.reveal()}`, 'user-agent': 'windlass' });
    if (answer?.status !== 200) return answer && isRefusal(answer.status) ? false : undefined;
    // A classic token tells its scopes; of a fine-grained one only what its owner may do with the repository is told.
    const scopes = (answer.headers.get('x-oauth-scopes') ?? '').split(',').map((scope) => scope.trim());
    if (scopes.some((scope) => scope !== '')) return ['repo', 'public_repo', 'repo:status'].some((scope) => scopes.includes(scope));
    return mayPush(answer.body);
  },
  connect: ({ apiUrl, token, repository: { path }, log }) => {
    const [owner, repo, ...deeper] = path.split('/');
    if (owner === undefined || repo === undefined || deeper.length > 0) return undefined;
    const note = (message: string) => log.debug({ repository: path }, message);
    const open = async () => {
      // Not at windlass's start, a tenth of which it would take: most have no token.
      const { Octokit } = await import('octokit');
      return new Octokit({
        auth: token.reveal(),
        baseUrl: apiUrl,
        userAgent: 'windlass',
        log: { debug: note, info: note, warn: note, error: note },
        // The caller has a queue; octokit would wait for minutes.
        retry: { enabled: false },
        throttle: { enabled: false },
      });
    };
    let octokit: ReturnType<typeof open> | undefined;
    return async ({ commit, url, state, ...shown }) => {
      const request = { signal: AbortSignal.timeout(timeoutMs) };
      const parameters = {
        owner,
        repo,
        sha: commit,
        ...shown,
        state: state === 'superseded' ? 'success' : state,
        target_url: url,
        request,
      };
      octokit ??= open();
      await (await octokit).request('POST /repos/{owner}/{repo}/statuses/{sha}', parameters).catch((error: unknown) => {
        const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0;
        throw refusal({ status, said: messageOf(error), repository: path, commit, cause: error });
      });
    };
  },
};
