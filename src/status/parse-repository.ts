/** Whose repository it is, on which Git host. */
export interface HostedRepository {
  /** Lower case, without a port. */
  readonly host: string;
  /** Where the Git host's web pages are: as the URL has it, and https for an SSH address. */
  readonly origin: string;
  /** `acme/config`, or deeper. */
  readonly path: string;
}

/** Reads `https://HOST/OWNER/REPO(.git)`, `ssh://git@HOST/OWNER/REPO.git` and `git@HOST:OWNER/REPO.git`; undefined for anything else. */
export function parseRepository(url: string): HostedRepository | undefined {
  const { scheme = '', host, port = '', sshHost, path } = pattern.exec(url)?.groups ?? {};
  const name = (host ?? sshHost)?.toLowerCase();
  if (name === undefined || path === undefined || path.split('/').some((part) => /^\.\.?$/.test(part))) return undefined;
  return { host: name, origin: /^https?$/.test(scheme) ? `${scheme}://${name}${port}` : `https://${name}`, path };
}

const pattern =
  /^(?:(?<scheme>https?|ssh):\/\/(?:[^@/\s]*@)?(?<host>[\w.-]+)(?<port>:\d+)?\/|[\w.-]+@(?<sshHost>[\w.-]+):)(?<path>[\w.~-]+(?:\/[\w.~-]+?)+?)(?:\.git)?\/?$/;
