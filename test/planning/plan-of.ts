import type { Service } from '../../src/model/application.ts';
import type { HostRecord } from '../../src/model/host.ts';
import type { FileToInstall } from '../../src/model/step.ts';
import { knownTerms, leavingOf } from '../../src/planning/leaving.ts';
import { type Plan, plan } from '../../src/planning/plan.ts';
import { application, environment } from '../support/builders.ts';
import { desiredOf } from '../support/desired-replicas.ts';
import { applyWave } from '../support/simulate.ts';

/** `/etc/nginx/nginx.conf` with that content. */
export const file = (content: string, over: Partial<FileToInstall> = {}): FileToInstall => ({
  source: 'nginx.conf',
  target: '/etc/nginx/nginx.conf',
  hash: `sha256:${content.padEnd(64, '0')}`,
  size: 1,
  mode: 0o644,
  uid: 0,
  gid: 0,
  ...over,
});

/** The plan of an application whose every container shall hold `files`. */
export function planOf(
  services: readonly Service[],
  hosts: readonly HostRecord[],
  files: readonly FileToInstall[] = [],
  configuration?: string,
): Plan {
  const app = application(services);
  const desired = desiredOf(app, hosts, { files, configuration });
  const loaded = { environment: { ...environment, name: app.environment }, names: [app.name], applications: [app] };
  const leaving = leavingOf({ loaded, app: app.name, hosts, terms: { ...knownTerms, released: true } });
  return plan({ application: app, hosts, desired, builds: [], leaving });
}

/** Kind, name, host, order and reason of each difference, as a person reads them. */
export const printed = ({ differences }: Plan): string[] =>
  differences.map(({ kind, name, host, order, reason }) => [kind, name, `on ${host}`, order, `(${reason})`].filter(Boolean).join(' '));
/** Kind and name of each step of the next wave. */
export const waveOf = ({ wave }: Plan): string[] => wave.map(({ kind, name }) => `${kind} ${name}`);

/** Runs waves until the plan is empty; what each wave did. */
export function converge(
  services: readonly Service[],
  hosts: readonly HostRecord[],
  files: readonly FileToInstall[] = [],
  configuration?: string,
) {
  const waves: string[][] = [];
  let now = hosts;
  for (let round = 0; round < 50; round++) {
    const next = planOf(services, now, files, configuration);
    if (next.wave.length === 0) return { hosts: now, waves, left: next };
    waves.push(waveOf(next));
    now = applyWave(now, next.wave);
  }
  throw new Error(`the plan never empties: ${waves.slice(-3).join(' | ')}`);
}
