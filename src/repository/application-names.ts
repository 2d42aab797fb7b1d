import type { Tree } from '../model/image.ts';
import { applicationName } from '../model/names.ts';
import type { Environment } from '../model/root.ts';

/** Names that Compose looks for, the preferred first. */
export const composeFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/** Names of the applications that an environment has, sorted: folders of `apps/` with a compose file. */
export function applicationNames(tree: Tree, environment: Environment): readonly string[] {
  const all = foldersWithCompose(tree.entries.map((entry) => entry.path));
  return environment.apps === undefined ? all : all.filter((name) => environment.apps?.includes(name));
}

/** Folders of `apps/` with a compose file, whatever environment they are for; sorted. */
export function foldersWithCompose(paths: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const [apps, name, file, ...more] = path.split('/');
    if (apps === 'apps' && name !== undefined && composeFiles.includes(file ?? '') && more.length === 0) found.add(name);
  }
  return [...found].filter((name) => applicationName.safeParse(name).success).sort();
}
