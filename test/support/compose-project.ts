import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ContainerInspect } from '../../src/docker/engine.ts';
import type { TestEngine } from './engine.ts';

const run = promisify(execFile);

/** A Compose project and what Compose made of it on a real engine: containers.json and image.json are `docker inspect`'s. */
export const composeMade = fileURLToPath(
  new URL(`${import.meta.url.includes('/dist/') ? '../../../' : '../../'}test/fixtures/compose-made`, import.meta.url),
);

/**
 * Runs the project `shop` of that folder as Compose does: with Compose itself where WINDLASS_TEST_COMPOSE names its program, else by
 * asking the engine for the very containers that Compose asked it for. The ids by service.
 */
export async function composeUp(engine: TestEngine): Promise<Readonly<Record<string, string>>> {
  const program = process.env.WINDLASS_TEST_COMPOSE;
  if (program !== undefined) {
    const args = ['--env-file', join(composeMade, 'env'), '-p', 'shop', '-f', join(composeMade, 'compose.yaml'), 'up', '-d'];
    await run(program, args, { env: { ...process.env, DOCKER_HOST: engine.dockerHost } });
  } else await repeat(engine);
  const containers = await engine.docker.listContainers({ all: true, filters: { label: ['com.docker.compose.project=shop'] } });
  return Object.fromEntries(containers.map(({ Id, Labels }) => [Labels['com.docker.compose.service'] ?? '', Id]));
}

async function repeat({ docker }: TestEngine): Promise<void> {
  const recorded: readonly ContainerInspect[] = JSON.parse(await readFile(join(composeMade, 'containers.json'), 'utf8'));
  const project = { 'com.docker.compose.project': 'shop' };
  for (const network of ['default', 'back']) {
    await docker.createNetwork({ Name: `shop_${network}`, Labels: { ...project, 'com.docker.compose.network': network } });
  }
  await docker.createVolume({ Name: 'shop_data', Labels: { ...project, 'com.docker.compose.volume': 'data' } });
  for (const { Id, Name, Config, HostConfig, NetworkSettings } of recorded) {
    const { Hostname, ...config } = Config;
    const endpoints = Object.entries(NetworkSettings.Networks).map(([name, { Aliases }]) => {
      return [name, { Aliases: (Aliases ?? []).filter((alias: string) => !Id.startsWith(alias)) }] as const;
    });
    const [first, ...more] = endpoints;
    const made = await docker.createContainer({
      ...config,
      ...(Id.startsWith(Hostname) ? {} : { Hostname }),
      name: Name.slice(1),
      HostConfig,
      NetworkingConfig: { EndpointsConfig: first ? Object.fromEntries([first]) : {} },
    });
    for (const [name, EndpointConfig] of more) await docker.getNetwork(name).connect({ Container: made.id, EndpointConfig });
    await made.start();
  }
}
