import { messageOf } from '../errors.ts';
import type { Root, Source } from '../model/root.ts';
import type { FetchContext, Sources } from './fetch-source.ts';
import { withPatience } from './with-patience.ts';

/**
 * Brings what environments follow of a source and is not here yet, for the first time or of another branch. One that could not be
 * fetched when it was tried last is left to those tries; what is here from before a start is read as it is, and fetched meanwhile.
 * Other readings wait for this one: it is patient for a while only.
 */
export async function fetchOtherSources(
  root: Root,
  { fetched, begins }: { readonly fetched: string; readonly begins: boolean },
  context: Pick<FetchContext, 'sources' | 'failing' | 'lacking' | 'patienceMs' | 'retry' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const { sources, failing, lacking, patienceMs, retry, log } = context;
  const others = root.sources.filter(({ name }) => name !== fetched);
  await Promise.all(
    others.map(async (source) => {
      const { name } = source;
      const missing = await missingBranches(source, root, sources);
      if (missing.length === 0) return begins ? retry(name) : undefined;
      if (failing.has(name) || missing.every((branch) => lacking.has(branch))) return undefined;
      try {
        await withPatience(signal, patienceMs, (either) => sources.fetch(name, root, either));
        for (const branch of await missingBranches(source, root, sources)) lacking.add(branch);
      } catch (error) {
        log.warn({ source: name, error: messageOf(error) }, 'source not fetched');
        failing.add(name);
        await retry(name);
      }
    }),
  );
}

/** The branches of a source that environments follow and that are not here, each with the source's address. */
async function missingBranches({ name, url, branch }: Source, root: Root, sources: Sources): Promise<readonly string[]> {
  const followed = new Set(root.environments.map((environment) => environment.sources[name] ?? branch));
  const missing = await Promise.all(
    [...followed].map(async (one) =>
      (await sources.resolve(name, one, root).catch(() => undefined)) === undefined ? [`${url} ${one}`] : [],
    ),
  );
  return missing.flat();
}
