import type { z } from 'zod';
import {
  type Alone,
  type Approval,
  alone,
  approval,
  type Continued,
  type Controls,
  continued,
  type Freeze,
  freeze,
  type Limit,
  limit,
  type Pin,
  pin,
} from '../model/control.ts';
import type { Trigger } from '../model/deployment.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';
import { appTarget } from './targets.ts';
import { raiseFunction } from './wanted.ts';

/**
 * What people have said of environments and their applications; kept until they, or what was pushed since, take it back. What is said
 * and the raising of what it concerns are one script: nobody has said something that nothing follows from.
 */
export interface ControlStore {
  /** The application's own freeze, else the environment's. */
  read(environment: string, app: string): Promise<Controls>;
  /** Of the whole environment. */
  readFreeze(environment: string): Promise<Freeze | undefined>;
  /** `app` undefined: the whole environment; `freeze` undefined: taken off. Raises `apps`. */
  setFreeze(environment: string, app: string | undefined, freeze: Freeze | undefined, apps: readonly string[]): Promise<void>;
  /** A person's agreement, instead of any before. Raises the application. */
  approve(environment: string, app: string, approval: Approval): Promise<void>;
  /** Only while `before` stands there; false: it does not. */
  setApproval(environment: string, app: string, before: Approval, after: Approval | undefined): Promise<boolean>;
  /** Goes back. What was approved, limited or let go on before is over. Raises the application. */
  setPin(environment: string, app: string, pin: Pin): Promise<void>;
  /** Unless another rollback has taken its place. */
  removePin(environment: string, app: string, pin: Pin): Promise<void>;
  /** Adds to the limit that holds, for one deployment takes back nothing of another. Raises the application. */
  widenLimit(environment: string, app: string, limit: Limit): Promise<void>;
  /** Raises the application. */
  removeLimit(environment: string, app: string): Promise<void>;
  /** Of the environment: its applications that were deployed alone. */
  readAlone(environment: string): Promise<Alone | undefined>;
  /** Undefined: all concerns everybody again. Raises `apps`, which nobody has asked for. */
  setAlone(environment: string, alone: Alone | undefined, apps: readonly string[]): Promise<void>;
  /** The others follow the canary of that revision. Raises the application. */
  continueCanary(environment: string, app: string, continued: Continued): Promise<void>;
  /** The revision has ended, well or not: at a next attempt its canary stands again. */
  removeContinued(environment: string, app: string, continued: Continued): Promise<void>;
}

/** Compares as text, which is why every value is written in its schema's order. */
const replaceScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1`;

/** Fields with their texts (empty: taken away), then the targets that are raised. */
const sayScript = `${raiseFunction}
local fields = tonumber(ARGV[2])
for i = 3, 2 + fields * 2, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i]) else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
for i = 4, #KEYS do raise(KEYS[i], KEYS[2], KEYS[3], ARGV[i - 1 + fields * 2], ARGV[1], '0') end`;

/** Of two limited deployments at once neither takes the other's place: both lists are joined where they are kept. */
const widenScript = `${raiseFunction}
local before = redis.call('HGET', KEYS[1], ARGV[1])
local old = before and cjson.decode(before) or { services = {}, containers = {} }
local new = cjson.decode(ARGV[2])
local function union(a, b)
  local names, known = {}, {}
  for _, list in ipairs({ a, b }) do
    for _, name in ipairs(list) do
      if not known[name] then table.insert(names, cjson.encode(name)) end
      known[name] = true
    end
  end
  table.sort(names)
  -- cjson writes an empty list as an object.
  return '[' .. table.concat(names, ',') .. ']'
end
local services, containers = union(old.services, new.services), union(old.containers, new.containers)
local said = '"by":' .. cjson.encode(new.by) .. ',"at":' .. cjson.encode(new.at)
redis.call('HSET', KEYS[1], ARGV[1], '{"services":' .. services .. ',"containers":' .. containers .. ',' .. said .. '}')
raise(KEYS[4], KEYS[2], KEYS[3], ARGV[3], 'manual', '0')`;

type Said = Readonly<Record<string, string | undefined>>;

export function createControls(redis: Redis): ControlStore {
  const say = async (environment: string, said: Said, apps: readonly string[], trigger: Trigger): Promise<void> => {
    const targets = apps.map((app) => appTarget(environment, app));
    const touched = [keys.controls(environment), keys.targets, keys.unsettled, ...targets.map((target) => keys.wanted(target))];
    const fields = Object.entries(said).flatMap(([field, text]) => [field, text ?? '']);
    await redis.eval(sayScript, touched.length, ...touched, trigger, fields.length / 2, ...fields, ...targets);
  };
  const replace = async (environment: string, field: string, before: string | undefined, after: string | undefined): Promise<boolean> =>
    (await redis.eval(replaceScript, 1, keys.controls(environment), field, before ?? '', after ?? '')) === 1;
  return {
    read: async (environment, app) => {
      const fields = ['freeze', 'alone', ...['freeze', 'pin', 'approval', 'limit', 'continued'].map((field) => `${field}:${app}`)];
      const [whole, apart, own, pinned, approved, limited, on] = await redis.hmget(keys.controls(environment), ...fields);
      const others = parse(alone, apart);
      return {
        freeze: parse(freeze, own) ?? parse(freeze, whole),
        pin: parse(pin, pinned),
        approval: parse(approval, approved),
        limit: parse(limit, limited),
        continued: parse(continued, on),
        left: others?.apps.includes(app) ? undefined : others,
      };
    },
    readFreeze: async (environment) => parse(freeze, await redis.hget(keys.controls(environment), 'freeze')),
    setFreeze: (environment, app, value, apps) =>
      say(environment, { [app === undefined ? 'freeze' : `freeze:${app}`]: textOf(freeze, value) }, apps, 'manual'),
    approve: (environment, app, value) => say(environment, { [`approval:${app}`]: textOf(approval, value) }, [app], 'manual'),
    setApproval: (environment, app, before, after) =>
      replace(environment, `approval:${app}`, textOf(approval, before), textOf(approval, after)),
    setPin: (environment, app, value) => {
      const over = { [`approval:${app}`]: undefined, [`limit:${app}`]: undefined, [`continued:${app}`]: undefined };
      return say(environment, { ...over, [`pin:${app}`]: textOf(pin, value) }, [app], 'rollback');
    },
    removePin: async (environment, app, value) => void (await replace(environment, `pin:${app}`, textOf(pin, value), undefined)),
    widenLimit: async (environment, app, value) => {
      const target = appTarget(environment, app);
      const touched = [keys.controls(environment), keys.targets, keys.unsettled, keys.wanted(target)];
      await redis.eval(widenScript, touched.length, ...touched, `limit:${app}`, JSON.stringify(limit.parse(value)), target);
    },
    removeLimit: (environment, app) => say(environment, { [`limit:${app}`]: undefined }, [app], 'manual'),
    readAlone: async (environment) => parse(alone, await redis.hget(keys.controls(environment), 'alone')),
    setAlone: (environment, value, apps) => say(environment, { alone: textOf(alone, value) }, apps, 'poll'),
    // It is about the canary alone: a newer revision that has failed meanwhile is not tried again for it.
    continueCanary: (environment, app, value) => say(environment, { [`continued:${app}`]: textOf(continued, value) }, [app], 'poll'),
    removeContinued: async (environment, app, value) =>
      void (await replace(environment, `continued:${app}`, textOf(continued, value), undefined)),
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string | null | undefined): z.output<Schema> | undefined {
  return text === null || text === undefined ? undefined : schema.parse(JSON.parse(text));
}

const textOf = (schema: z.ZodType, value: object | undefined): string | undefined =>
  value === undefined ? undefined : JSON.stringify(schema.parse(value));
