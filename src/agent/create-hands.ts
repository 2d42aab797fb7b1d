import { join } from 'node:path';
import { createInstaller } from '../configpush/installer.ts';
import { createContainers } from '../containers/create-containers.ts';
import { createEngine } from '../docker/create-engine.ts';
import { examineMachine } from '../doctor/examine-machine.ts';
import { createImageBuilder } from '../imagebuild/build-image.ts';
import { createImageStore } from '../imagebuild/image-store.ts';
import { withAdopted } from '../inventory/adopted-engine.ts';
import { createLedger } from '../inventory/ledger.ts';
import type { Log } from '../log.ts';
import { agentToken } from '../queue/agent-token.ts';
import type { Redis } from '../queue/redis.ts';
import type { Settings } from '../settings.ts';
import { openFault } from '../settings-fault.ts';
import { createControllerDoor } from '../workers/controller-door.ts';
import { localEndpoint } from './local-endpoint.ts';

/** All that acts on this host's engine; shadows that a killed agent left are gone when it resolves. */
export async function createHands(settings: Settings, redis: Redis, log: Log) {
  const { stateDirectory } = settings;
  const fault = openFault(settings.fault);
  const ledger = await createLedger(join(stateDirectory, 'agent', 'ledger'));
  const endpoint = await localEndpoint(settings);
  const engine = withAdopted(createEngine(endpoint), ledger);
  const door = createControllerDoor(settings.url, () => agentToken(redis));
  const installer = createInstaller({ engine, ledger, contents: door.content, fault, log });
  await installer.sweepShadows();
  const builder = createImageBuilder({ engine, fetchContext: ({ inputs }, signal) => door.buildContext(inputs, signal), fault, log });
  const images = createImageStore({ engine, fetchImage: door.image, fault, log });
  const containers = createContainers({
    engine,
    ledger,
    fault,
    log,
    ensureImage: (image, signal) => images.ensure(image, signal),
    place: installer.place,
    sweepStaged: (container) => installer.sweepStaged(container),
    check: (container, argv, files, imageId) => installer.check(container, argv, files, imageId),
  });
  const { adopt, recreate, remove, runJob } = containers;
  return {
    engine,
    ledger,
    installer,
    containers,
    fault,
    deliver: door.deliver,
    contents: door.content,
    pull: (reference: string, signal: AbortSignal) => images.ensure({ kind: 'external', reference, pull: 'always' }, signal),
    examine: (signal: AbortSignal) => examineMachine({ engine, endpoint: endpoint.url, stateDirectory, now: () => Date.now() }, signal),
    /** What carries out each kind of step. */
    byKind: { buildImage: builder.build, adopt, recreate, push: installer.push, remove, runJob },
  };
}
