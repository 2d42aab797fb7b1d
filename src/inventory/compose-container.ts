import type { ContainerInspect, ImageInspect } from '../docker/engine.ts';
import type { ComposeContainer } from '../model/host.ts';
import { commonFacts } from './container-record.ts';
import { observedContainer } from './observed-container.ts';

/** The labels by which Compose knows its containers: https://github.com/docker/compose, pkg/api/labels.go. */
export const composeLabels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
} as const;

/** A container that Compose runs as a replica of a service and that nobody else claims; undefined for every other. */
export function composeContainerOf(inspect: ContainerInspect, image: ImageInspect | undefined): ComposeContainer | undefined {
  const labels = inspect.Config.Labels ?? {};
  const [project, service, number] = [composeLabels.project, composeLabels.service, composeLabels.number].map((label) => labels[label]);
  const isReplica = labels[composeLabels.oneOff] !== 'True' && /^[1-9][0-9]{0,5}$/.test(number ?? '');
  if (!project || !service || !isReplica || Object.keys(labels).some((label) => label.startsWith('windlass.'))) return undefined;
  return { ...commonFacts(inspect, true), service, project, number: Number(number), observed: observedContainer(inspect, image) };
}
