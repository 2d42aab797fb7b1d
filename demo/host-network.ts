import { execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const families = ['iptables', 'ip6tables'] as const;
const forwarding = '/proc/sys/net/ipv4/ip_forward';

/** What a dockerd changes in the machine's network for as long as the machine is up: its state before. */
export const hostNetwork = z.object({
  forwarding: z.string(),
  /** `-P FORWARD …` of each family that this kernel has. */
  policies: z.partialRecord(z.enum(families), z.string()),
});
export type HostNetwork = Readonly<z.infer<typeof hostNetwork>>;

/** Undefined where a Docker has been at work before: what is there is not the demo's to remove. */
export async function rememberNetwork(): Promise<HostNetwork | undefined> {
  if (/^ *docker0:/m.test(await readFile('/proc/self/net/dev', 'utf8'))) return undefined;
  const policies: Partial<Record<(typeof families)[number], string>> = {};
  for (const family of families) {
    const rules = await run(family, ['-S', 'FORWARD']).catch(() => undefined);
    if (rules) policies[family] = rules.stdout.split('\n')[0] ?? '';
  }
  return { forwarding: (await readFile(forwarding, 'utf8')).trim(), policies };
}

/** Takes Docker's bridge and rules away again, and leaves every other rule as it is. */
export async function restoreNetwork(before: HostNetwork): Promise<void> {
  for (const family of families) {
    const policy = before.policies[family];
    if (policy === undefined) continue;
    const rules = (await run(`${family}-save`)).stdout.split('\n').filter((line) => !/docker/i.test(line));
    await feed(`${family}-restore`, rules.join('\n'));
    await run(family, policy.split(' '));
  }
  await run('ip', ['link', 'delete', 'docker0']).catch(() => {});
  await writeFile(forwarding, before.forwarding);
}

function feed(program: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, { stdio: ['pipe', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
    child.stdin.end(text);
  });
}
