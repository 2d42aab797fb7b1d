import type { ContainerSpec } from './application.ts';

/** What only one container of a network can have; undefined where the service has nothing of the kind. */
export function ownAddress({ networks, macAddress: own }: Pick<ContainerSpec, 'networks' | 'macAddress'>): string | undefined {
  const fixed = networks.flatMap((network) => [network.ipv4Address, network.ipv6Address, network.linkLocalIps?.[0], network.macAddress]);
  return [own, ...fixed].find((address) => address !== undefined);
}
