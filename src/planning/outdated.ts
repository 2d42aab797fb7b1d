import { createHash } from 'node:crypto';
import type { Application } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import type { Network, Volume } from '../model/networks-and-volumes.ts';

/** On a network or volume: how it was declared when it was made. */
export const declaredLabel = 'windlass.declared';

/** The same for the same declaration, in whatever order its keys stand. */
export function declarationHash({ name: _, external: __, ...declared }: Network | Volume): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(declared)))
    .digest('hex')
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}

/** Sentences: networks and volumes that are still as an earlier revision declared them. The engine changes neither in place. */
export function outdatedDeclarations({ networks, volumes }: Application, hosts: readonly HostRecord[]): readonly string[] {
  const isOld = ({ declared = {} }: HostRecord, kind: string, one: Network | Volume): boolean => {
    const found = declared[`${kind} ${one.name}`];
    return !one.external && found !== undefined && found !== declarationHash(one);
  };
  return hosts.flatMap((host) => [
    ...networks
      .filter((one) => isOld(host, 'network', one))
      .map(({ name }) => `network ${name} on ${host.name} is as it was declared before: ${networkCure(name)}`),
    ...volumes
      .filter((one) => isOld(host, 'volume', one))
      .map(({ name }) => `volume ${name} on ${host.name} is as it was declared before: ${volumeCure(name)}`),
  ]);
}

const networkCure = (name: string): string =>
  `it is made anew when no container has it, so remove those that do (docker ps -a --filter network=${name}), and windlass makes them again`;

const volumeCure = (name: string): string =>
  `windlass never removes one; save its data, then remove its containers and it (docker volume rm ${name}), and windlass makes both again`;
