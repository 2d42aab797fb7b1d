import { WindlassError } from '../errors.ts';
import type { ContainerToCreate } from '../model/step.ts';
import { declaredLabel } from '../planning/outdated.ts';
import type { Run } from './dependencies.ts';
import { mayBePassedOver, refuseWhatIsPassedOver } from './engine-needs.ts';
import { networkLabel, usedNetworks } from './sweep-networks.ts';

/** Networks and volumes that the container needs, made where they are missing, then its checks in a shadow that uses them. */
export async function prepare(run: Run, container: ContainerToCreate, imageId: string): Promise<void> {
  if (mayBePassedOver(container.spec)) refuseWhatIsPassedOver(container.spec, await run.engine.info());
  for (const network of container.networks) await run.inTurn(`network ${network.name}`, () => ensureNetwork(run, network, container));
  for (const volume of container.volumes) await run.inTurn(`volume ${volume.name}`, () => ensureVolume(run, volume));
  await check(run, container, imageId);
}

/** All checks of the container with all its files; throws `refused` at the first that fails. */
export async function check(run: Run, container: ContainerToCreate, imageId: string): Promise<void> {
  for (const argv of container.checks) {
    await run.check(container, argv, container.files, imageId);
    run.signal.throwIfAborted();
  }
}

type Network = ContainerToCreate['networks'][number];
type Volume = ContainerToCreate['volumes'][number];

async function ensureNetwork({ engine }: Run, network: Network, container: ContainerToCreate): Promise<void> {
  const { name, driver, internal, labels, external } = network;
  const environment = container.labels[networkLabel] ?? '';
  // The engine takes a name that no network has for the beginning of an id.
  const there = async () => {
    const found = await engine.inspectNetwork(name);
    return found?.Name === name ? found : undefined;
  };
  const found = await there();
  if (found && (external || !(await isToBeRemade(engine, found, labels)))) return;
  if (external) throw missing('network', name);
  if (found) await engine.removeNetwork(found.Id);
  try {
    // Without CheckDuplicate an engine before 25 makes a second network of the same name.
    await engine.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Internal: internal,
      Labels: { ...labels, [networkLabel]: environment },
      ...(driver && { Driver: driver }),
      ...(network.driverOptions && { Options: network.driverOptions }),
      ...(network.attachable !== undefined && { Attachable: network.attachable }),
      ...(network.ipv6 !== undefined && { EnableIPv6: network.ipv6 }),
      ...(network.ipam && { IPAM: ipamOf(network.ipam) }),
    });
  } catch (error) {
    if (!(await there())) throw error;
  }
}

/** It is windlass's, was declared otherwise when it was made, and no container has it. */
async function isToBeRemade(engine: Run['engine'], { Name, Labels }: NetworkInspectInfo, labels: Network['labels']): Promise<boolean> {
  const made = Labels?.[declaredLabel];
  if (made === undefined || made === labels[declaredLabel]) return false;
  return !(await usedNetworks(engine)).has(Name);
}

type NetworkInspectInfo = NonNullable<Awaited<ReturnType<Run['engine']['inspectNetwork']>>>;

function ipamOf({ driver, options, config }: NonNullable<Network['ipam']>) {
  return {
    Driver: driver ?? 'default',
    Options: { ...options },
    Config: (config ?? []).map(({ subnet, ipRange, gateway, auxAddresses }) => ({
      ...(subnet !== undefined && { Subnet: subnet }),
      ...(ipRange !== undefined && { IPRange: ipRange }),
      ...(gateway !== undefined && { Gateway: gateway }),
      ...(auxAddresses && { AuxiliaryAddresses: auxAddresses }),
    })),
  };
}

async function ensureVolume({ engine }: Run, { name, driver, driverOptions, labels, external }: Volume): Promise<void> {
  if (await engine.inspectVolume(name)) return;
  if (external) throw missing('volume', name);
  await engine.createVolume({ name, driverOptions: { ...driverOptions }, labels: { ...labels }, ...(driver && { driver }) });
}

function missing(what: string, name: string): WindlassError {
  return new WindlassError(
    'docker',
    `the external ${what} ${name} is not there; create it on this host, or drop "external" from its declaration`,
  );
}
