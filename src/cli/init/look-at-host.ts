import { localEndpoint } from '../../agent/local-endpoint.ts';
import { createEngine } from '../../docker/create-engine.ts';
import { messageOf } from '../../errors.ts';
import { composeLabels } from '../../inventory/compose-container.ts';
import { imageRecordOf } from '../../inventory/container-record.ts';
import { createLook } from '../../inventory/look.ts';
import { isOfCompose } from '../../inventory/store.ts';
import type { ContainerRecord, HostRecord } from '../../model/host.ts';
import type { Settings } from '../../settings.ts';

/** This machine as its agent would report it, or why its engine cannot be asked. */
export async function lookAtHost(settings: Settings): Promise<{ readonly host: HostRecord } | { readonly unreachable: string }> {
  try {
    const engine = createEngine(await localEndpoint(settings));
    const { version, cpus, memory } = await engine.info();
    const nothing = { configs: () => ({}), ready: () => true, adopted: () => undefined };
    const look = createLook({ engine, ledger: nothing, endings: { wentDown: () => false }, noteStart: async () => {}, now: () => 0 });
    const listed = await engine.listContainers([composeLabels.project, composeLabels.service]);
    const known = (await Promise.all(listed.map(({ Id }) => look(Id)))).filter((one) => one !== undefined);
    const host: HostRecord = {
      name: settings.host,
      address: settings.hostAddress,
      labels: { ...settings.hostLabels },
      cpus,
      memory,
      engine: version,
      session: '',
      state: 'ready',
      lastSeen: 0,
      joined: 0,
      containers: known.filter((one): one is ContainerRecord => !isOfCompose(one)),
      compose: known.filter(isOfCompose),
      images: (await engine.listImages()).map(imageRecordOf),
    };
    return { host };
  } catch (error) {
    return { unreachable: messageOf(error) };
  }
}
