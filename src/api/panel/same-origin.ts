import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a form was sent by a page of this windlass: what a browser says of it has to fit. A proxy may have changed `Host`, which is why
 * the public URL counts as well. Programs that are no browsers say nothing, and have no session that could be abused.
 */
export function isSameOrigin({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders, publicUrl: string): boolean {
  if (site !== undefined) return site === 'same-origin';
  if (origin === undefined) return true;
  const from = hostOf(origin);
  return from !== undefined && (from === host || from === hostOf(publicUrl));
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
