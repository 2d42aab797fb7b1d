import type { Application, Service } from '../model/application.ts';
import type { SpecHash } from './spec-hash.ts';

/** All labels of a container: the declaration's, Compose's own so that `docker compose ps` groups it, and windlass's. */
export function containerLabels(
  application: Application,
  service: Service,
  index: number,
  { spec, parts }: SpecHash,
): Record<string, string> {
  return {
    ...service.spec.labels,
    'com.docker.compose.project': application.project,
    'com.docker.compose.service': service.name,
    'com.docker.compose.container-number': String(index),
    'com.docker.compose.config-hash': spec,
    'com.docker.compose.oneoff': service.job ? 'True' : 'False',
    'windlass.environment': application.environment,
    'windlass.app': application.name,
    'windlass.service': service.name,
    'windlass.index': String(index),
    'windlass.spec': spec,
    'windlass.spec-parts': parts,
  };
}
