import * as top from '../src/repository/compose-keys.ts';
import * as nested from '../src/repository/compose-nested-keys.ts';
import * as service from '../src/repository/compose-service-keys.ts';
import type { Support } from '../src/repository/compose-support.ts';

interface ComposePlace {
  /** As the schema's list in the tests names it. */
  readonly name: string;
  readonly title: string;
  readonly support: Readonly<Record<string, Support>>;
}

const place = (name: string, title: string, { support }: { readonly support: Readonly<Record<string, Support>> }): ComposePlace => ({
  name,
  title,
  support,
});

/** Every kind of mapping in a compose file with what becomes of its keys, in the order of docs/compose.md. */
export const composePlaces: readonly ComposePlace[] = [
  place('top', 'At the top', top.topLevelKeys),
  place('service', 'A service', service.serviceKeys),
  place('build', '`build`', service.buildKeys),
  place('deploy', '`deploy`', nested.deployKeys),
  place('placement', '`deploy.placement`', nested.placementKeys),
  place('update_config', '`deploy.update_config`', nested.updateKeys),
  place('restart_policy', '`deploy.restart_policy`', nested.restartPolicyKeys),
  place('resources', '`deploy.resources`', nested.resourcesKeys),
  place('limits', '`deploy.resources.limits`', nested.limitsKeys),
  place('reservations', '`deploy.resources.reservations`', nested.reservationsKeys),
  place('device_request', 'An entry of `deploy.resources.reservations.devices` and of `gpus`', nested.deviceRequestKeys),
  place('depends_on', 'An entry of `depends_on`', service.dependencyKeys),
  place('extends', '`extends`', service.extendsKeys),
  place('env_file', 'An entry of `env_file`', service.envFileKeys),
  place('healthcheck', '`healthcheck`', service.healthcheckKeys),
  place('logging', '`logging`', service.loggingKeys),
  place('ports', 'An entry of `ports`', nested.portKeys),
  place('volumes', 'An entry of a service’s `volumes`', nested.mountKeys),
  place('volumes.bind', '`bind` of such an entry', nested.bindKeys),
  place('volumes.volume', '`volume` of such an entry', nested.volumeMountKeys),
  place('volumes.tmpfs', '`tmpfs` of such an entry', nested.tmpfsKeys),
  place('attachment', 'An entry of a service’s `networks`', service.attachmentKeys),
  place('file_use', 'An entry of a service’s `configs` and `secrets`', service.fileUseKeys),
  place('devices', 'An entry of `devices`', nested.deviceKeys),
  place('ulimits', 'An entry of `ulimits`', nested.ulimitKeys),
  place('blkio_config', '`blkio_config`', nested.blkioKeys),
  place('blkio_limit', 'A limit of `blkio_config`', nested.blkioLimitKeys),
  place('blkio_weight', 'A weight of `blkio_config`', nested.blkioWeightKeys),
  place('include', 'An entry of `include`', top.includeKeys),
  place('network', 'An entry of the top-level `networks`', top.networkKeys),
  place('ipam', '`ipam` of a network', top.ipamKeys),
  place('ipam.config', 'An entry of `ipam.config`', top.ipamConfigKeys),
  place('external', '`external` as a mapping', top.externalKeys),
  place('volume', 'An entry of the top-level `volumes`', top.volumeKeys),
  place('secret', 'An entry of the top-level `secrets`', top.secretKeys),
  place('config', 'An entry of the top-level `configs`', top.configKeys),
];

const introduction = `# Compose

What windlass does with every key of the [Compose Specification](https://compose-spec.io). **yes**: carried out. **ignored**: taken, for it says nothing about a container. **no**: a mistake that \`windlass validate\` and every deployment name, with the reason. A key that is not in the list is a mistake too; keys that start with \`x-\` are ignored, \`x-windlass\` excepted. How the keys are meant where windlass has something to add is in [configuration.md](configuration.md#appsnamecomposeyaml).

This page is written by \`npm run docs\` from what the code reads its keys from.
`;

/** docs/compose.md. */
export function composeReference(): string {
  const sections = composePlaces.map(({ title, support }) => `## ${title}\n\n${table(support)}`);
  return `${introduction}\n${sections.join('\n')}`;
}

function table(support: Readonly<Record<string, Support>>): string {
  const rows = Object.entries(support).map(([key, { carried, note }]) => `| \`${key}\` | ${carried} | ${cell(note)} |\n`);
  return `| key | | |\n|---|---|---|\n${rows.join('')}`;
}

/** What a table would take for something else. */
const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replace(/\$\{[^}]*\}/g, (reference) => (text.includes(`\`${reference}`) ? reference : `\`${reference}\``));
