import type { Secret } from '../secret.ts';
import type { Settings } from '../settings.ts';
import type { HookSource } from '../webhooks/door.ts';
import type { EnvironmentStore } from './environment-store.ts';

/** Whose webhooks are taken: the repository's under `config`, and each source's under its name. */
export function hookSources(settings: Settings, environments: EnvironmentStore, webhookSecrets: readonly Secret[]): readonly HookSource[] {
  const declared = environments.root()?.sources ?? [];
  return [
    { name: 'config', provider: settings.repositoryProvider, secrets: webhookSecrets },
    ...declared.map(({ name, provider }) => ({ name, provider, secrets: settings.source(name).secrets })),
  ];
}

/** The environments that a push to this branch concerns; undefined before windlass.yaml was read for the first time. */
export function watchedBy(environments: EnvironmentStore, source: string, branch: string): readonly string[] | undefined {
  const root = environments.root();
  if (!root) return undefined;
  const declared = root.sources.find(({ name }) => name === source);
  return root.environments
    .filter((environment) => {
      if (source === 'config') return environment.branch === branch || environments.head() === branch;
      return (environment.sources[source] ?? declared?.branch) === branch;
    })
    .map(({ name }) => name);
}
