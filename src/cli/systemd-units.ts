/** The processes that a unit can run. */
export const unitRoles = ['up', 'controller', 'agent'] as const;
export type UnitRole = (typeof unitRoles)[number];

export interface UnitFile {
  /** Absolute, on the machine that the unit is for. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

export interface UnitOptions {
  readonly role: UnitRole;
  /** Absolute paths of Node and of `bin/windlass`. */
  readonly node: string;
  readonly program: string;
}

const descriptions: Readonly<Record<UnitRole, string>> = {
  up: 'windlass: controller, agent and Redis of this host',
  controller: 'windlass: the controller',
  agent: 'windlass: the agent of this host',
};

/** Processes of both kinds on one machine keep apart: a name, and with it a state directory and settings, for each role. */
export const unitName = (role: UnitRole): string => (role === 'up' ? 'windlass' : `windlass-${role}`);

/** The unit of a role, and the file with its settings, which is only written where there is none. */
export function systemdUnit({ role, node, program }: UnitOptions): { readonly unit: UnitFile; readonly settings: UnitFile } {
  const name = unitName(role);
  const settings = `/etc/windlass/${name}.env`;
  return {
    unit: {
      path: `/etc/systemd/system/${name}.service`,
      text: unitText(role, `${quoted(node)} ${quoted(program)} ${role}`, settings),
      mode: 0o644,
    },
    settings: { path: settings, text: settingsText(role), mode: 0o600 },
  };
}

/** systemd reads `%` and `$` in a command line, and splits it at blanks. */
const quoted = (path: string): string => `"${path.replaceAll('%', '%%').replaceAll('$', '$$$$').replaceAll(/["\\]/g, '\\$&')}"`;

function unitText(role: UnitRole, command: string, settings: string): string {
  const name = unitName(role);
  const engine = role !== 'controller';
  return `# Written by "windlass init --systemd ${role}"; settings are in ${settings}.
[Unit]
Description=${descriptions[role]}
Wants=network-online.target${engine ? ' docker.service' : ''}
After=network-online.target${engine ? ' docker.service' : ''}
# Never given up: what it waits for may take its time after a reboot.
StartLimitIntervalSec=0

[Service]
Type=exec
EnvironmentFile=${settings}
Environment=WINDLASS_STATE_DIR=/var/lib/${name} HOME=/var/lib/${name}
ExecStart=${command}
Restart=always
RestartSec=2
# SIGTERM to windlass alone: it stops its Redis last.
KillMode=mixed
TimeoutStopSec=40

# A user of its own, made for as long as it runs.
DynamicUser=yes
StateDirectory=${name}
StateDirectoryMode=0700
UMask=0077
${engine ? '# Whoever may speak to the engine is root on this machine in all but name.\nSupplementaryGroups=docker\n' : ''}CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=read-only
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`;
}

const controllerSettings = `# URL, or path of a repository on this machine that every user may read.
#WINDLASS_REPOSITORY=https://git.example.com/acme/config.git
#WINDLASS_REPOSITORY_PROVIDER=standard
#WINDLASS_REPOSITORY_TOKEN=
#WINDLASS_LISTEN=127.0.0.1:8420
#WINDLASS_PUBLIC_URL=https://windlass.example.com
`;

const agentSettings = `# What this host is called, where others reach it, and what it is for.
#WINDLASS_HOST=web-1
#WINDLASS_HOST_ADDRESS=10.0.0.11
#WINDLASS_HOST_LABELS=role=web
`;

/** Only systemd reads the file, as root: secrets may stand in it. */
function settingsText(role: UnitRole): string {
  const redis = '#WINDLASS_REDIS_URL=redis://:PASSWORD@10.0.0.1:6379\n';
  const parts: Readonly<Record<UnitRole, string>> = {
    up: `${controllerSettings}${agentSettings}`,
    controller: `${controllerSettings}${redis}`,
    agent: `${redis}#WINDLASS_URL=http://10.0.0.1:8420\n${agentSettings}`,
  };
  return `# Settings of ${unitName(role)}.service; all of them: docs/configuration.md. Only root may read this file.\n${parts[role]}`;
}
