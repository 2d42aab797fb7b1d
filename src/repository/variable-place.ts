import type { Tree } from '../model/image.ts';
import type { VariableChange } from '../model/variables.ts';
import { composeFiles } from './application-names.ts';

/** Where a variable is written: a file of the repository, and the keys that lead to it. */
export interface VariablePlace {
  readonly file: string;
  readonly path: readonly string[];
}

/** Undefined: the application has no compose file. */
export function variablePlace(
  tree: Tree,
  environment: string,
  { name, app, service, host, file }: Omit<VariableChange, 'value'>,
): VariablePlace | undefined {
  if (host !== undefined) return { file: 'windlass.yaml', path: ['hosts', host, 'variables', name] };
  if (file === 'compose') {
    const found = composeFiles.map((one) => `apps/${app}/${one}`).find((path) => tree.files.has(path));
    const levels = service === undefined ? [] : ['services', service];
    return found === undefined ? undefined : { file: found, path: [...levels, 'x-windlass', 'variables', name] };
  }
  const levels = app === undefined ? [] : ['apps', app, ...(service === undefined ? [] : ['services', service])];
  return { file: `environments/${environment}.yaml`, path: [...levels, 'variables', name] };
}
