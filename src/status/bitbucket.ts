import { createHash } from 'node:crypto';
import type { HostedRepository } from './parse-repository.ts';
import { postStatus } from './post-status.ts';
import type { ShownStatus, StatusHost } from './status-host.ts';

const states = { pending: 'INPROGRESS', success: 'SUCCESSFUL', failure: 'FAILED', error: 'FAILED' } as const;
const stateOf = (state: ShownStatus['state'], cloud: boolean) => (state !== 'superseded' ? states[state] : cloud ? 'STOPPED' : 'CANCELLED');
/** Of Bitbucket Cloud. */
const longestKey = 40;

const isCloud = ({ host }: HostedRepository) => host === 'bitbucket.org';

/** Build statuses of Bitbucket Cloud, and of Data Center from 7.4 on; with an access token of the repository. */
export const bitbucket: StatusHost = {
  apiUrl: (repository) => (isCloud(repository) ? 'https://api.bitbucket.org/2.0' : `${repository.origin}/rest`),
  // It tells a token nothing of itself.
  mayReport: async () => undefined,
  connect: ({ apiUrl, token, repository }) => {
    const place = isCloud(repository) ? cloudPlace(repository.path) : dataCenterPlace(repository.path);
    if (place === undefined) return undefined;
    return ({ commit, context, state, description, url }) =>
      postStatus({
        url: `${apiUrl}${place(commit)}`,
        headers: { authorization: `Bearer ${token.reveal()}` },
        body: { key: keyOf(context), name: context, state: stateOf(state, isCloud(repository)), description, url },
        repository: repository.path,
        commit,
      });
  },
};

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/ */
function cloudPlace(path: string): ((commit: string) => string) | undefined {
  const [workspace, repo, ...deeper] = path.split('/');
  if (repo === undefined || deeper.length > 0) return undefined;
  return (commit) => `/repositories/${workspace}/${repo}/commit/${commit}/statuses/build`;
}

/** https://developer.atlassian.com/server/bitbucket/how-tos/updating-build-status-for-commits/; `scm/` is in front over HTTP alone. */
function dataCenterPlace(path: string): ((commit: string) => string) | undefined {
  const [repo, project] = path.split('/').reverse();
  if (repo === undefined || project === undefined) return undefined;
  return (commit) => `/api/latest/projects/${project}/repos/${repo}/commits/${commit}/builds`;
}

function keyOf(context: string): string {
  return context.length <= longestKey ? context : createHash('sha256').update(context).digest('hex').slice(0, longestKey);
}
