import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshOptions } from '../git/ssh-command.ts';
import type { Secret } from '../secret.ts';

export interface SshFiles {
  readonly stateDirectory: string;
  readonly knownHostsFile: string | undefined;
  /** Whose key it is: `config` or a source. */
  readonly source: string;
  readonly key: Secret | undefined;
}

/** Lays what ssh reads into `ssh/` of the state directory; a key mounted for everybody to read is one that ssh would not take. */
export async function prepareSsh({ stateDirectory, knownHostsFile, source, key }: SshFiles): Promise<SshOptions> {
  const directory = join(stateDirectory, 'ssh');
  const keyFile = join(directory, `${source}.key`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (key === undefined) await rm(keyFile, { force: true });
  else {
    // ssh does not read a key whose last line has no end.
    await writeFile(`${keyFile}.new`, `${key.reveal().replaceAll('\r\n', '\n')}\n`, { mode: 0o600 });
    await rename(`${keyFile}.new`, keyFile);
  }
  return { keyFile: key && keyFile, knownHostsFile, learnedHostsFile: join(directory, 'known_hosts') };
}
