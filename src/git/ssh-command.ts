/** How ssh is to find its key and whom it may believe; paths are absolute. */
export interface SshOptions {
  /** A private key of windlass's own; undefined: the user's agent and configuration. */
  readonly keyFile: string | undefined;
  /** Hosts' keys, and no others are believed; undefined: those of the user, and of a host met for the first time, which is then kept. */
  readonly knownHostsFile: string | undefined;
  /** Where windlass keeps the keys of hosts that it met. */
  readonly learnedHostsFile: string;
}

/** The line for GIT_SSH_COMMAND, which git gives to a shell: of windlass's own words and quoted paths of its settings alone. */
export function sshCommand({ keyFile, knownHostsFile, learnedHostsFile }: SshOptions): string {
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=15',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    'ForwardAgent=no',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
    ...(knownHostsFile === undefined
      ? ['StrictHostKeyChecking=accept-new', `UserKnownHostsFile=${fileList([learnedHostsFile])} ~/.ssh/known_hosts ~/.ssh/known_hosts2`]
      : ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${fileList([knownHostsFile])}`, 'GlobalKnownHostsFile=/dev/null']),
    ...(keyFile === undefined ? [] : ['IdentitiesOnly=yes', 'IdentityAgent=none', `IdentityFile=${fileList([keyFile])}`]),
  ];
  return ['ssh', ...options.flatMap((option) => ['-o', quoted(option)])].join(' ');
}

/** ssh splits these values at spaces itself, and knows `%` as the start of a token. */
const fileList = (paths: readonly string[]): string => paths.map((path) => `"${path.replaceAll('%', '%%')}"`).join(' ');

const quoted = (text: string): string => (/^[\w=.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
