import { askHost, isRefusal, mayPush } from './ask-host.ts';
import { postStatus } from './post-status.ts';
import type { StatusHost } from './status-host.ts';

/** Commit statuses of Gitea and Forgejo: https://docs.gitea.com/api/ (repoCreateStatus) */
export const gitea: StatusHost = {
  apiUrl: ({ origin }) => `${origin}/api/v1`,
  mayReport: async ({ apiUrl, token, repository: { path } }) => {
    const answer = await askHost(`${apiUrl}/repos/${path}`, { authorization: `token ${token.reveal()}` });
    if (answer?.status !== 200) return answer && isRefusal(answer.status) ? false : undefined;
    return mayPush(answer.body);
  },
  connect: ({ apiUrl, token, repository: { path } }) => {
    const [owner, repo, ...deeper] = path.split('/').map(encodeURIComponent);
    if (repo === undefined || deeper.length > 0) return undefined;
    return ({ commit, context, state, description, url }) =>
      postStatus({
        url: `${apiUrl}/repos/${owner}/${repo}/statuses/${commit}`,
        headers: { authorization: `token ${token.reveal()}` },
        body: { state: state === 'superseded' ? 'success' : state, context, description, target_url: url },
        repository: path,
        commit,
      });
  },
};
