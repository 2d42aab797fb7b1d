import { access, readFile } from 'node:fs/promises';
import { type EngineEndpoint, resolveEndpoint } from '../docker/endpoint.ts';
import type { Settings } from '../settings.ts';

/** The engine of this machine, found as the Docker CLI finds it. */
export function localEndpoint({ dockerEnvironment, home }: Pick<Settings, 'dockerEnvironment' | 'home'>): Promise<EngineEndpoint> {
  return resolveEndpoint({
    env: dockerEnvironment,
    home,
    readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
  });
}
