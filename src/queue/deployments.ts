import { type DeploymentRecord, deploymentRecord, type StepRecord } from '../model/deployment.ts';
import type { LogLine } from '../model/documents.ts';
import { appendLog, readLog } from './deployment-log.ts';
import type { Events } from './events.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

/** The deployments of the past and present; the newest 500 are kept, with their steps and logs. */
export interface Deployments {
  create(record: DeploymentRecord): Promise<void>;
  /** What is no longer kept is left alone, here and below. */
  update(id: string, patch: Partial<Omit<DeploymentRecord, 'id' | 'environment' | 'app' | 'steps'>>): Promise<void>;
  /** Step number `n`, counted from 0. */
  setStep(id: string, n: number, step: StepRecord): Promise<void>;
  get(id: string): Promise<DeploymentRecord | undefined>;
  /** Newest first. */
  list(query: { readonly environment?: string; readonly app?: string; readonly limit: number }): Promise<readonly DeploymentRecord[]>;
  /** An application's newest; undefined where the history has none. */
  latest(environment: string, app: string): Promise<DeploymentRecord | undefined>;
  /** The newest 20,000 lines are kept. */
  appendLog(id: string, lines: readonly LogLine[]): Promise<void>;
  /** At most `limit` lines from number `from` on, and the number to go on with; undefined where there is no such deployment. */
  readLog(id: string, from: number, limit: number): Promise<{ readonly lines: readonly LogLine[]; readonly next: number } | undefined>;
}

const mostKept = 500;

/** Appends to the indexes, then drops the oldest with everything that is theirs. Scores only rise, so that equal times keep their order. */
const createScript = `
local n = redis.call('INCR', KEYS[1] .. ':count')
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], unpack(ARGV, 3))
for i = 1, 3 do redis.call('ZADD', KEYS[i == 1 and 1 or i + 1], n, ARGV[1]) end
local excess = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2])
if excess <= 0 then return end
for _, old in ipairs(redis.call('ZRANGE', KEYS[1], 0, excess - 1)) do
  local record = 'windlass:deployment:' .. old
  local names = redis.call('HMGET', record, 'environment', 'app')
  redis.call('ZREM', KEYS[1], old)
  if names[1] then
    redis.call('ZREM', KEYS[1] .. ':' .. names[1], old)
    redis.call('ZREM', KEYS[1] .. ':' .. names[1] .. '/' .. names[2], old)
  end
  redis.call('DEL', record, record .. ':log')
end`;

const updateScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
if ARGV[1] ~= '' then redis.call('SADD', KEYS[2], ARGV[1]) end
return redis.call('HMGET', KEYS[1], 'environment', 'app', 'state')`;

/** `outbox`: whoever ends goes there in the same script, so that no crash comes between an end and its being told (outbox.ts). */
export function createDeployments(
  redis: Redis,
  events: Pick<Events, 'publish'>,
  { outbox = false }: { readonly outbox?: boolean } = {},
): Deployments {
  const patch = async (id: string, fields: readonly string[], ends = false) => {
    if (fields.length === 0) return;
    const untold = ends && outbox ? id : '';
    const answer = await redis.eval(updateScript, 2, keys.deployment(id), keys.untold, untold, ...fields);
    const [environment, app, state] = answer as (string | undefined)[];
    if (environment && app && state) await events.publish({ type: 'deployment', id, environment, app, state });
  };
  const get = async (id: string) => toRecord(await redis.hgetall(keys.deployment(id)));
  const list: Deployments['list'] = async ({ environment, app, limit }) => {
    const scope = environment === undefined ? undefined : app === undefined ? environment : `${environment}/${app}`;
    const all = app !== undefined && environment === undefined;
    const ids = await redis.zrevrange(scope ? keys.deploymentsOf(scope) : keys.deployments, 0, (all ? mostKept : limit) - 1);
    const records = await Promise.all(ids.map(get));
    return records
      .filter((record) => record !== undefined && (app === undefined || record.app === app))
      .slice(0, limit) as DeploymentRecord[];
  };
  return {
    create: async ({ steps, ...record }) => {
      const { id, environment, app, state } = record;
      const scopes = [keys.deploymentsOf(environment), keys.deploymentsOf(`${environment}/${app}`)];
      const fields = [...toFields(record), ...steps.flatMap((step, n) => stepField(n, step))];
      await redis.eval(createScript, 4, keys.deployments, keys.deployment(id), ...scopes, id, mostKept, ...fields);
      await events.publish({ type: 'deployment', id, environment, app, state });
    },
    update: (id, changes) => patch(id, toFields(changes), changes.finishedAt !== undefined),
    setStep: (id, n, step) => patch(id, stepField(n, step)),
    get,
    list,
    latest: async (environment, app) => (await list({ environment, app, limit: 1 }))[0],
    appendLog: async (id, lines) => {
      const next = await appendLog(redis, id, lines);
      if (next !== undefined) await events.publish({ type: 'log', deployment: id, next });
    },
    readLog: (id, from, limit) => readLog(redis, id, from, limit),
  };
}

const stepField = (n: number, step: StepRecord) => [`step:${n}`, JSON.stringify(step)];

function toFields(record: Readonly<Partial<Omit<DeploymentRecord, 'steps'>>>): string[] {
  return Object.entries(record).flatMap(([name, value]) =>
    value === undefined ? [] : [name, typeof value === 'string' ? value : JSON.stringify(value)],
  );
}

function toRecord(fields: Readonly<Record<string, string>>): DeploymentRecord | undefined {
  if (!fields.id) return undefined;
  const steps = Object.keys(fields)
    .filter((name) => name.startsWith('step:'))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .map((name): unknown => JSON.parse(fields[name] ?? 'null'));
  const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));
  const { sources, pulled, limit } = fields;
  return deploymentRecord.parse({ ...fields, sources: parsed(sources), pulled: parsed(pulled), limit: parsed(limit), steps });
}
