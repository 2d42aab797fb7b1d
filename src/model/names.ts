import { z } from 'zod';

/**
 * Names that reach the engine's API, file names or URLs are checked against an allow-list, once, where they enter:
 * lower-case letters, digits, `-` and `_`, starting with a letter or digit.
 */
const name = (what: string, longest: number) =>
  z.string().regex(new RegExp(`^[a-z0-9][a-z0-9_-]{0,${longest - 1}}$`), {
    error: `${what} has lower-case letters, digits, "-" and "_", starts with a letter or digit and has at most ${longest} characters`,
  });

export const environmentName = name("an environment's name", 40);
export const applicationName = name("an application's name", 40);
export const sourceName = name("a source's name", 40);
/** Compose allows more; a service's name is a part of host names. */
export const serviceName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/, {
  error: 'a service\'s name has letters, digits, ".", "-" and "_", starts with a letter or digit and has at most 63 characters',
});
export const hostName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9.-]{0,62}$/, {
  error: 'a host\'s name has letters, digits, "." and "-", starts with a letter or digit and has at most 63 characters',
});
/** A container's name as the engine takes it. */
export const containerReference = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,200}$/, {
  error: 'a container\'s name has letters, digits, "_", "." and "-", and starts with a letter or digit',
});
export const deploymentId = z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/, { error: 'a deployment\'s id has letters, digits, "-" and "_"' });
export const commitId = z.string().regex(/^[0-9a-f]{40}$/);
/** A content hash as windlass writes it: `sha256:` and 64 hex digits. */
export const contentHash = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** `environment/application`. */
export const targetOf = (environment: string, app: string): string => `${environment}/${app}`;

/** The name of a container at rest; while it replaces another one it has `.next` behind it. */
export const containerName = (environment: string, app: string, service: string, index: number): string =>
  `${environment}-${app}-${service}-${index}`;
export const candidateName = (final: string): string => `${final}.next`;
