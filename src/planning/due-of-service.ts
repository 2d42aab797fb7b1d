import type { Application, Service } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import { withClaims } from './adoption.ts';
import type { DueOfService } from './canary.ts';
import { containerVerdict } from './container-differences.ts';
import { containersOf } from './containers-of.ts';
import type { DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';
import type { GuardedFile } from './guarded-files.ts';
import { jobVerdict } from './job-differences.ts';
import type { Located } from './place.ts';
import { type Stranger, strangerDifference } from './strangers.ts';

/** What is due of a service, and what of it only time can mend, or only a person. */
export interface ServiceVerdict extends Required<DueOfService> {
  readonly waits: readonly Wait[];
  readonly paused: readonly Wait[];
  readonly guarded: readonly { readonly name: string; readonly host: string; readonly files: readonly GuardedFile[] }[];
  /** Of a job: every run has ended well. */
  readonly done: boolean;
}

interface Wait {
  readonly name: string;
  readonly host: string;
  readonly reason: string;
}

interface World {
  readonly application: Application;
  readonly hosts: readonly HostRecord[];
  readonly desired: ReadonlyMap<string, readonly DesiredContainer[]>;
  readonly strangers?: ReadonlyMap<string, readonly Stranger[]>;
}

/** `desired`: of every service by name, replica 1 first. */
export function dueOf(service: Service, { application, hosts, desired, strangers }: World): ServiceVerdict {
  const existing = containersOf(application, service.name, hosts);
  const verdict = verdictOnReplicas(service, desired.get(service.name) ?? [], existing, hosts);
  return {
    ...verdict,
    differences: verdict.differences.map((one) => withClaims(application, one, existing)),
    strangers: (strangers?.get(service.name) ?? []).map((one) => ({ name: one.name, difference: strangerDifference(one) })),
  };
}

function verdictOnReplicas(
  service: Service,
  desired: readonly DesiredContainer[],
  located: readonly Located[],
  hosts: readonly HostRecord[],
): Omit<ServiceVerdict, 'strangers'> {
  const byIndex = (index: number) => located.filter(({ record }) => record.index === index);
  if (service.job) {
    const verdicts = desired.map((container) => ({ container, ...jobVerdict(container, byIndex(container.index), hosts) }));
    const differences = verdicts.flatMap((verdict) => verdict.differences);
    return { service, desired, differences, waits: [], paused: pausedOf(verdicts), guarded: [], done: verdicts.every(({ done }) => done) };
  }
  const verdicts = desired.map((container) => ({ container, ...containerVerdict(container, byIndex(container.index), hosts) }));
  const differences = verdicts.flatMap((verdict) => verdict.differences);
  const waits = verdicts.flatMap(({ container: { name, host }, waiting: reason }) =>
    reason === undefined ? [] : [{ name, host, reason }],
  );
  const guarded = verdicts.flatMap(({ container: { name, host }, guarded: files }) => (files?.length ? [{ name, host, files }] : []));
  const surplus = service.global ? surplusOf(service, desired, located) : [];
  return { service, desired, differences: [...differences, ...surplus], waits, paused: pausedOf(verdicts), guarded, done: false };
}

const pausedOf = (verdicts: readonly { readonly container: DesiredContainer; readonly paused?: string }[]): readonly Wait[] =>
  verdicts.flatMap(({ container: { name, host }, paused: reason }) => (reason === undefined ? [] : [{ name, host, reason }]));

/** Containers of a global service on hosts that it no longer has. */
function surplusOf(service: Service, desired: readonly DesiredContainer[], located: readonly Located[]): readonly Difference[] {
  const surplus = located.filter(({ record }) => desired.every(({ index }) => index !== record.index));
  return surplus.map(({ record, host }) => {
    const reason = `service ${service.name} has one container on each host that may take it, and ${host} is none`;
    const common = { kind: 'remove-container', name: record.name, host, reason } as const;
    return { ...common, service: service.name, retires: true, step: { ...common, remove: [record.id], drainMs: service.drainMs } };
  });
}
