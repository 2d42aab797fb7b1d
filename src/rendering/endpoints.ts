import type { Service } from '../model/application.ts';
import type { ListedContainer } from './surroundings.ts';
import { byText, type ViewObject, viewObject } from './view-object.ts';

/** Where a container that reads the view stands. */
export interface Reader {
  readonly host: string;
  /** The engine's names. */
  readonly networks: readonly string[];
  /** It uses its host's network, and so reaches every container of that host. */
  readonly hostNetwork: boolean;
}

/** The IP address under which the reader's host knows a container; undefined for one without a network. */
export function addressOf(member: ListedContainer, reader: Reader): string | undefined {
  if (onHostNetwork(member)) return member.host.address;
  const { networks } = member;
  const names = Object.keys(networks)
    .filter((name) => networks[name]?.ip)
    .sort(byText);
  const shared = member.host.name === reader.host ? names.find((name) => reader.networks.includes(name)) : undefined;
  return networks[shared ?? names[0] ?? '']?.ip;
}

/** `<target port>` → `address`, `port`: how the reader reaches each port of a container; ports it cannot reach are absent. */
export function endpointsOf(member: ListedContainer, declared: Service | undefined, reader: Reader): ViewObject {
  return viewObject(
    portsOf(member, declared).map((target) => {
      const endpoint = endpointOf(member, target, reader);
      return [
        `${target}`,
        endpoint &&
          viewObject([
            ['address', endpoint.address],
            ['port', endpoint.port],
          ]),
      ];
    }),
  );
}

function endpointOf(
  member: ListedContainer,
  target: number,
  reader: Reader,
): { readonly address: string; readonly port: number } | undefined {
  const address = addressOf(member, reader);
  if (onHostNetwork(member) || isDirect(member, reader)) return address === undefined ? undefined : { address, port: target };
  const published = member.ports
    .filter((port) => port.target === target && port.published !== undefined && !isLoopback(port.hostIp))
    .sort((a, b) => byText(a.protocol, b.protocol) || (a.published ?? 0) - (b.published ?? 0))[0];
  if (published?.published === undefined) return undefined;
  return { address: isAnyAddress(published.hostIp) ? member.host.address : published.hostIp, port: published.published };
}

const onHostNetwork = ({ networks }: ListedContainer): boolean => Object.hasOwn(networks, 'host');

function isDirect(member: ListedContainer, reader: Reader): boolean {
  if (member.host.name !== reader.host) return false;
  return reader.hostNetwork || Object.keys(member.networks).some((name) => reader.networks.includes(name));
}

const isLoopback = (ip: string | undefined): boolean => ip !== undefined && (ip.startsWith('127.') || ip === '::1');
const isAnyAddress = (ip: string | undefined): ip is undefined | '' => ip === undefined || ip === '' || ip === '0.0.0.0' || ip === '::';

/** What the engine reports and what the service declares: an exposed port needs no publishing to be reached on a shared network. */
function portsOf(member: ListedContainer, declared: Service | undefined): readonly number[] {
  const exposed = (declared?.spec.expose ?? []).flatMap(rangeOf);
  const published = (declared?.spec.ports ?? []).map((port) => port.target);
  return [...new Set([...member.ports.map((port) => port.target), ...published, ...exposed])];
}

/** `8080`, `8080/tcp`, `3000-3005`. */
function rangeOf(expose: string): readonly number[] {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?(?:\/\w+)?$/.exec(expose) ?? [];
  const from = Number(first);
  const length = Number(last) - from + 1;
  return length > 0 && length <= 65_536 ? Array.from({ length }, (_, offset) => from + offset) : [];
}
