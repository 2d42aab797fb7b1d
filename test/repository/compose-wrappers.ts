/** A compose file in which `entry` (`key: value`, or nothing) stands at a place of the schema. */
export function wrap(place: string, entry: string): string {
  const around = wrappers[place];
  if (around === undefined) throw new Error(`no wrapper for ${place}`);
  return around(entry);
}

/** Puts an entry at a place of a compose file. */
export type Wrapper = (entry: string) => string;

const top =
  'volumes: { data: , other: }\nnetworks: { lan: }\nconfigs: { a: { content: a }, b: { content: b } }\nsecrets: { s: { external: true } }\n';
const inside = (...entries: readonly string[]) => `{ ${entries.filter((entry) => entry !== '').join(', ')} }`;
export const service: Wrapper = (entry) =>
  `${top}services: { web: ${inside('image: x', entry)}, db: { image: y, user: "5", profiles: [debug] }, off: { image: y, profiles: [never] } }\n`;
const within =
  (key: string, ...required: readonly string[]): Wrapper =>
  (entry) =>
    service(`${key}: ${inside(...required, entry)}`);
const listed =
  (key: string, ...required: readonly string[]): Wrapper =>
  (entry) =>
    service(`${key}: [${inside(...required, entry)}]`);
/** An entry of a top-level mapping, and a service that uses it. */
const declared =
  (section: string, use: string, ...required: readonly string[]): Wrapper =>
  (entry) =>
    `${section}: { it: ${inside(...required, entry)} }\nservices: { web: { image: x, ${use} } }\n`;

const wrappers: Readonly<Record<string, Wrapper>> = {
  top: (entry) => `${entry}\nservices: { web: { image: x } }\n`,
  service,
  build: within('build', 'context: .'),
  deploy: within('deploy'),
  placement: (entry) => service(`deploy: { placement: ${inside(entry)} }`),
  update_config: (entry) => service(`deploy: { update_config: ${inside(entry)} }`),
  restart_policy: (entry) => service(`deploy: { restart_policy: ${inside('condition: on-failure', entry)} }`),
  resources: (entry) => service(`deploy: { resources: ${inside(entry)} }`),
  limits: (entry) => service(`deploy: { resources: { limits: ${inside(entry)} } }`),
  reservations: (entry) => service(`deploy: { resources: { reservations: ${inside(entry)} } }`),
  device_request: (entry) => service(`gpus: [${inside(entry)}]`),
  depends_on: (entry) => service(`depends_on: { db: ${inside('condition: service_started', entry)} }`),
  extends: (entry) => service(`extends: ${inside('service: base', 'file: other.yaml', entry)}`),
  env_file: listed('env_file', 'path: one.env'),
  healthcheck: within('healthcheck', 'test: x'),
  logging: within('logging', 'driver: local'),
  ports: listed('ports', 'target: 80'),
  volumes: listed('volumes', 'type: volume', 'target: /t'),
  'volumes.bind': (entry) => service(`volumes: [{ type: bind, source: /s, target: /t, bind: ${inside(entry)} }]`),
  'volumes.volume': (entry) => service(`volumes: [{ type: volume, source: data, target: /t, volume: ${inside(entry)} }]`),
  'volumes.tmpfs': (entry) => service(`volumes: [{ type: tmpfs, target: /t, tmpfs: ${inside(entry)} }]`),
  attachment: (entry) => service(`networks: { lan: ${inside(entry)}, default: { priority: 5 } }`),
  file_use: listed('configs', 'source: a'),
  devices: listed('devices', 'source: /dev/null'),
  ulimits: (entry) => service(`ulimits: { nofile: ${inside(entry)} }`),
  blkio_config: within('blkio_config'),
  blkio_limit: (entry) => service(`blkio_config: { device_read_bps: [${inside(entry)}] }`),
  blkio_weight: (entry) => service(`blkio_config: { weight_device: [${inside(entry)}] }`),
  include: (entry) => `include: [${inside('path: more.yaml', entry)}]\nservices: { web: { image: x } }\n`,
  network: declared('networks', 'networks: [it]'),
  ipam: (entry) => declared('networks', 'networks: [it]')(`ipam: ${inside(entry)}`),
  'ipam.config': (entry) => declared('networks', 'networks: [it]')(`ipam: { config: [${inside(entry)}] }`),
  external: (entry) => declared('networks', 'networks: [it]')(`external: ${inside(entry)}`),
  volume: declared('volumes', 'volumes: ["it:/t"]'),
  secret: declared('secrets', 'secrets: [it]', 'file: elsewhere.txt'),
  config: declared('configs', 'configs: [it]', 'file: a.txt'),
};
