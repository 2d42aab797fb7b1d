import type { ContainerInspect } from '../../src/docker/engine.ts';
import type { ContainerSpec } from '../../src/model/application.ts';
import type { ContainerToCreate } from '../../src/model/step.ts';
import { spec as plainSpec } from '../support/builders.ts';

/** A spec that asks for nothing, with what the test is about. */
export const aSpec = (over: Partial<ContainerSpec> = {}): ContainerSpec => plainSpec({ networks: [], ...over });

/** A container of `staging`, `shop`, `web`; its label `windlass.spec` is `spec`. */
export function aContainer(
  over: Partial<Omit<ContainerToCreate, 'spec'>> & { spec?: Partial<ContainerSpec>; version?: string } = {},
): ContainerToCreate {
  const { spec, version = 'one', ...rest } = over;
  const labels = { 'windlass.environment': 'staging', 'windlass.app': 'shop', 'windlass.service': 'web', 'windlass.index': '1' };
  return {
    spec: aSpec(spec),
    labels: { ...labels, 'windlass.spec': version },
    image: { kind: 'external', reference: 'busybox:latest', pull: 'never' },
    files: [],
    checks: [],
    networks: [],
    volumes: [],
    monitorMs: 0,
    ...rest,
  };
}

/** What the engine says of a running container, with what the test is about. */
export function anInspection(over: {
  readonly state?: Partial<ContainerInspect['State']>;
  readonly restartCount?: number;
  readonly restart?: string;
  readonly healthcheck?: ContainerInspect['Config']['Healthcheck'];
}): ContainerInspect {
  const State = { Status: 'running', Running: true, Paused: false, Restarting: false, ExitCode: 0, OOMKilled: false, ...over.state };
  return {
    State,
    RestartCount: over.restartCount ?? 0,
    HostConfig: { RestartPolicy: { Name: over.restart ?? 'no' } },
    Config: { Labels: {}, Healthcheck: over.healthcheck },
  } as unknown as ContainerInspect;
}
