import { archiveCalls } from './archives.ts';
import { buildImage } from './build.ts';
import { pruneBuildCache } from './build-cache.ts';
import { createClient } from './client.ts';
import { containerCalls } from './containers.ts';
import type { EngineEndpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';
import { followEvents } from './events.ts';
import { startExec } from './exec.ts';
import { imageCalls } from './images.ts';
import { containerLogs } from './logs.ts';
import { networkCalls } from './networks.ts';
import { pullImage } from './pull.ts';

/** The engine at an endpoint. Nothing is dialled before the first call. */
export function createEngine(endpoint: EngineEndpoint): Engine {
  const client = createClient(endpoint);
  return {
    ...containerCalls(client),
    ...archiveCalls(client),
    ...imageCalls(client),
    ...networkCalls(client),
    info: async () => {
      const [version, info] = await client.ask('read what the engine is', () =>
        Promise.all([client.docker.version(), client.docker.info()]),
      );
      return {
        version: version.Version,
        apiVersion: version.ApiVersion,
        name: info.Name,
        cpus: info.NCPU,
        memory: info.MemTotal,
        os: info.OSType,
        storage: info.Driver,
        root: info.DockerRootDir,
      };
    },
    containerLogs: (id, options) => containerLogs(client, id, options),
    exec: (id, options) => startExec(client, id, options),
    pullImage: (reference, onLine, signal) => pullImage(client, reference, onLine, signal),
    pruneBuildCache: (keepBytes) => pruneBuildCache(client, keepBytes),
    buildImage: (context, options) => buildImage(client, context, options),
    events: (onEvent, signal, onOpen) => followEvents(client, onEvent, signal, onOpen),
  };
}
