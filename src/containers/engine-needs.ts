import { WindlassError } from '../errors.ts';
import type { ContainerSpec } from '../model/application.ts';

/** What an engine of some age takes no notice of, with the API's first version that does and what people call that engine. */
const needs: readonly {
  readonly key: string;
  readonly api: number;
  readonly engine: string;
  readonly uses: (spec: ContainerSpec) => boolean;
}[] = [
  { key: 'annotations', api: 43, engine: '24', uses: ({ annotations }) => Object.keys(annotations ?? {}).length > 0 },
  { key: 'healthcheck.start_interval', api: 44, engine: '25', uses: ({ healthcheck }) => healthcheck?.startIntervalMs !== undefined },
  {
    key: 'mac_address of a network',
    api: 44,
    engine: '25',
    uses: ({ networks }) => networks.some(({ macAddress }) => macAddress !== undefined),
  },
  { key: 'subpath of a volume', api: 45, engine: '26', uses: ({ mounts }) => mounts.some(({ subpath }) => subpath !== undefined) },
];

/** Throws where this engine would pass over something that the service asks for. `apiVersion` as the engine says it: 1.41. */
export function refuseWhatIsPassedOver(spec: ContainerSpec, engine: { readonly version: string; readonly apiVersion: string }): void {
  const [major = 0, minor = 0] = engine.apiVersion.split('.').map(Number);
  const lacking = major > 1 ? undefined : needs.find(({ api, uses }) => minor < api && uses(spec));
  if (lacking === undefined) return;
  throw new WindlassError(
    'docker',
    `${lacking.key} needs Docker Engine ${lacking.engine}; this host has ${engine.version}: leave it out, or keep the service off this host`,
  );
}

/** Whether any engine could pass over something of it. */
export const mayBePassedOver = (spec: ContainerSpec): boolean => needs.some(({ uses }) => uses(spec));
