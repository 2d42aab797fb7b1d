import { randomUUID } from 'node:crypto';
import type { Operations } from '../api/operations.ts';
import type { StreamHub } from '../api/stream-hub.ts';
import { examineState } from '../doctor/examine-machine.ts';
import { judgeClock, judgeDisk, judgeHost, judgeLostHost, noHosts, unasked } from '../doctor/judge-machine.ts';
import { judgeRedis } from '../doctor/judge-redis.ts';
import { judgeWebhook } from '../doctor/judge-webhook.ts';
import { probeWebhook } from '../doctor/probe-webhook.ts';
import { readRedis } from '../doctor/read-redis.ts';
import { messageOf } from '../errors.ts';
import type { InventoryStore } from '../inventory/store.ts';
import { apiVersion, type Finding } from '../model/documents.ts';
import { examination } from '../model/examination.ts';
import type { HostRecord } from '../model/host.ts';
import type { Redis } from '../queue/redis.ts';
import type { StepQueue } from '../queue/steps.ts';
import { mask } from '../secret.ts';
import { openAgentStream, readAll } from './agent-streams.ts';
import { type ExaminedRepositories, examineRepositories } from './examine-repositories.ts';
import type { MadeSecrets } from './made-secrets.ts';

export interface DoctorDependencies extends ExaminedRepositories {
  readonly version: string;
  /** Of the role `producer`. */
  readonly redis: Redis;
  readonly secrets: MadeSecrets;
  readonly inventory: InventoryStore;
  readonly steps: StepQueue;
  readonly hub: StreamHub;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const withinMs = 20_000;

/** Tries everything that the controller works with, and asks every agent to do the same on its host. */
export function createDoctor(dependencies: DoctorDependencies): Operations['doctor'] {
  const { settings, secrets } = dependencies;
  const own = [...secrets.webhookSecrets, ...secrets.notifySecrets, secrets.adminToken, settings.redisUrl, settings.repositoryToken];
  const texts = () => {
    const ofSources = (dependencies.environments.root()?.sources ?? []).map(({ name }) => settings.source(name).token);
    return [...own, ...ofSources].flatMap((secret) => (secret ? [secret.reveal()] : []));
  };
  const masked = (finding: Finding): Finding => ({
    ...finding,
    message: mask(finding.message, texts()),
    ...(finding.cure === undefined ? {} : { cure: mask(finding.cure, texts()) }),
  });
  return async () => {
    const redis = await readRedis(dependencies.redis);
    const there = redis.state === 'there';
    const parts = await Promise.all([
      judgeRedis(redis),
      redisClock(dependencies),
      examineRepositories(dependencies, there),
      tryWebhook(dependencies),
      examineState(settings.stateDirectory).then((disk) => [judgeDisk('controller', disk)]),
      // Agents are asked through Redis.
      there ? examineHosts(dependencies) : [unasked()],
    ]);
    return { apiVersion, findings: parts.flat().map(masked) };
  };
}

async function redisClock({ redis, now }: DoctorDependencies): Promise<readonly Finding[]> {
  const before = now();
  const time = await redis.time().catch(() => undefined);
  if (!time) return [];
  const [seconds, microseconds] = time;
  return [judgeClock('Redis', Number(seconds) * 1_000 + Number(microseconds) / 1_000 - (before + now()) / 2)];
}

async function tryWebhook({ settings, secrets, now }: DoctorDependencies): Promise<readonly Finding[]> {
  const { publicUrl, repositoryProvider: provider, repository } = settings;
  const [secret] = secrets.webhookSecrets;
  if (!secret) return [];
  const facts = await probeWebhook({ publicUrl, provider, secret, id: `doctor-${randomUUID()}`, now: now() });
  return judgeWebhook(facts, repository !== undefined && /:/.test(repository) && !repository.startsWith('file:'));
}

async function examineHosts(dependencies: DoctorDependencies): Promise<readonly Finding[]> {
  const hosts = await dependencies.inventory.readHosts().catch(() => undefined);
  if (!hosts) return [];
  if (hosts.length === 0) return [noHosts()];
  return (await Promise.all(hosts.map((host) => examineHost(host, dependencies)))).flat();
}

async function examineHost(host: HostRecord, { steps, hub, version, now }: DoctorDependencies): Promise<readonly Finding[]> {
  const lost = (reason: string) => [judgeLostHost(host.name, now() - host.lastSeen, reason)];
  if (host.state === 'lost') return lost('it is lost');
  const before = now();
  try {
    const answer = await readAll(await openAgentStream(hub, steps, host.name, { kind: 'examine' }, AbortSignal.timeout(withinMs)));
    const seen = examination.parse(JSON.parse(answer.toString()));
    // The agent looks at its clock last, before it sends its answer.
    return judgeHost(host.name, seen, { version, aheadMs: aheadOf(seen.now, before, now()) });
  } catch (error) {
    return lost(messageOf(error));
  }
}

/** Beyond what the question took: within it any time is right. */
const aheadOf = (time: number, before: number, after: number): number => (time < before ? time - before : time > after ? time - after : 0);
