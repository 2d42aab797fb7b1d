const withinMs = 10_000;

/** What a Git host's API answers to a GET: its JSON, or undefined where there is none; undefined where it does not answer. */
export async function askHost(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers } | undefined> {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json', ...headers }, signal: AbortSignal.timeout(withinMs) });
    return { status: response.status, body: await response.json().catch(() => undefined), headers: response.headers };
  } catch {
    return undefined;
  }
}

/** GitHub and Gitea say with a repository what whoever asks may do with it. */
export function mayPush(body: unknown): boolean | undefined {
  const permissions = typeof body === 'object' && body !== null && 'permissions' in body ? body.permissions : undefined;
  const push = typeof permissions === 'object' && permissions !== null && 'push' in permissions ? permissions.push : undefined;
  return typeof push === 'boolean' ? push : undefined;
}

export const isRefusal = (status: number): boolean => status === 401 || status === 403 || status === 404;
