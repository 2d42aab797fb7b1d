import { askHost } from './ask-host.ts';
import { postStatus } from './post-status.ts';
import type { StatusHost } from './status-host.ts';

const states = { pending: 'running', success: 'success', failure: 'failed', error: 'failed', superseded: 'canceled' } as const;

/** Commit statuses of GitLab: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status */
export const gitlab: StatusHost = {
  apiUrl: ({ origin }) => `${origin}/api/v4`,
  // Tokens of people, groups and projects tell of themselves; others answer with a refusal, which says nothing of statuses.
  mayReport: async ({ apiUrl, token }) => {
    const answer = await askHost(`${apiUrl}/personal_access_tokens/self`, { 'private-token': token.reveal() });
    const { body } = answer ?? {};
    const scopes = typeof body === 'object' && body !== null && 'scopes' in body ? body.scopes : undefined;
    return Array.isArray(scopes) ? scopes.includes('api') : undefined;
  },
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
