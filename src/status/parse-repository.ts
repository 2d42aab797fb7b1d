/** Whose repository it is, on which host. */
export interface HostedRepository {
  readonly host: string;
  readonly owner: string;
  readonly repo: string;
}

/** Reads `https://HOST/OWNER/REPO(.git)`, `ssh://git@HOST/OWNER/REPO.git` and `git@HOST:OWNER/REPO.git`; undefined for anything else. */
export function parseRepository(url: string): HostedRepository | undefined {
  const { host, sshHost, owner, repo } = pattern.exec(url)?.groups ?? {};
  const name = host ?? sshHost;
  if (name === undefined || owner === undefined || repo === undefined || /^\.\.?$/.test(owner) || /^\.\.?$/.test(repo)) return undefined;
  return { host: name.toLowerCase(), owner, repo };
}

const pattern =
  /^(?:(?:https?|ssh):\/\/(?:[^@/\s]*@)?(?<host>[\w.-]+)(?::\d+)?\/|[\w.-]+@(?<sshHost>[\w.-]+):)(?<owner>[\w.-]+)\/(?<repo>[\w.-]+?)(?:\.git)?\/?$/;
