import type { NetworkEndpoint } from '../docker/engine.ts';
import type { NetworkAttachment } from '../model/networks-and-volumes.ts';

/** A container's place on a network, as the engine takes it. */
export function endpoint({
  aliases,
  ipv4Address,
  ipv6Address,
  linkLocalIps,
  macAddress,
  driverOptions,
}: NetworkAttachment): NetworkEndpoint {
  const addresses = {
    ...(ipv4Address !== undefined && { IPv4Address: ipv4Address }),
    ...(ipv6Address !== undefined && { IPv6Address: ipv6Address }),
    ...(linkLocalIps && { LinkLocalIPs: [...linkLocalIps] }),
  };
  return {
    Aliases: [...aliases],
    ...(Object.keys(addresses).length > 0 && { IPAMConfig: addresses }),
    ...(macAddress !== undefined && { MacAddress: macAddress }),
    ...(driverOptions && { DriverOpts: { ...driverOptions } }),
  };
}
