import { WindlassError } from '../errors.ts';

/** What can be wanted: a source's newest revision to be fetched, or an application of an environment to be deployed. */
export type SourceTarget = `source:${string}`;
export type AppTarget = `app:${string}/${string}`;
export type Target = SourceTarget | AppTarget;

/** `config` is the repository itself. */
export const sourceTarget = (source: string): SourceTarget => `source:${source}`;
export const appTarget = (environment: string, app: string): AppTarget => `app:${environment}/${app}`;

/** What a target names. */
export type ParsedTarget =
  | { readonly kind: 'source'; readonly source: string }
  | { readonly kind: 'app'; readonly environment: string; readonly app: string };

const shape =
  /^(?:source:(?<source>[a-z0-9][a-z0-9_-]{0,39})|app:(?<environment>[a-z0-9][a-z0-9_-]{0,39})\/(?<app>[a-z0-9][a-z0-9_-]{0,39}))$/;

export const isTarget = (text: string): text is Target => shape.test(text);

/** Takes a target apart. */
export function parseTarget(target: Target): ParsedTarget {
  const { source, environment, app } = shape.exec(target)?.groups ?? {};
  if (source) return { kind: 'source', source };
  if (environment && app) return { kind: 'app', environment, app };
  throw new WindlassError('unknown-name', `"${target}" is neither source:NAME nor app:ENVIRONMENT/APPLICATION`);
}
