import { postStatus } from './post-status.ts';
import type { StatusHost } from './status-host.ts';

const states = { pending: 'running', success: 'success', failure: 'failed', error: 'failed' } as const;

/** Commit statuses of GitLab: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status */
export const gitlab: StatusHost = {
  apiUrl: ({ origin }) => `${origin}/api/v4`,
  connect:
    ({ apiUrl, token, repository: { path } }) =>
    ({ commit, context, state, description, url }) =>
      postStatus({
        url: `${apiUrl}/projects/${encodeURIComponent(path)}/statuses/${commit}`,
        headers: { 'private-token': token.reveal() },
        body: { state: states[state], name: context, description, target_url: url },
        repository: path,
        commit,
        // The state that a status has already is refused as a transition that there is not.
        isSoAlready: (status, said) => status === 400 && /cannot transition status/i.test(said),
      }),
};
