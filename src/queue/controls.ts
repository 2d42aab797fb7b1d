import type { z } from 'zod';
import { type Approval, approval, type Controls, type Freeze, freeze, type Pin, pin } from '../model/control.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

/** What people have said of environments and their applications; kept until they, or what was pushed since, take it back. */
export interface ControlStore {
  /** The application's own freeze, else the environment's. */
  read(environment: string, app: string): Promise<Controls>;
  /** Of the whole environment. */
  readFreeze(environment: string): Promise<Freeze | undefined>;
  /** `app` undefined: the whole environment; `freeze` undefined: taken off. */
  setFreeze(environment: string, app: string | undefined, freeze: Freeze | undefined): Promise<void>;
  /** A person's agreement, instead of any before. */
  approve(environment: string, app: string, approval: Approval): Promise<void>;
  /** Only while `before` stands there; false: it does not. */
  setApproval(environment: string, app: string, before: Approval, after: Approval | undefined): Promise<boolean>;
  /** Goes back; `pin` undefined: forward again. What was approved before is over. */
  setPin(environment: string, app: string, pin: Pin | undefined): Promise<void>;
  /** Unless another rollback has taken its place. */
  removePin(environment: string, app: string, pin: Pin): Promise<void>;
}

/** Compares as text, which is why every value is written in its schema's order. */
const replaceScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1`;

export function createControls(redis: Redis): ControlStore {
  const set = async (environment: string, field: string, text: string | undefined) => {
    const key = keys.controls(environment);
    if (text === undefined) await redis.hdel(key, field);
    else await redis.hset(key, field, text);
  };
  const replace = async (environment: string, field: string, before: string | undefined, after: string | undefined): Promise<boolean> =>
    (await redis.eval(replaceScript, 1, keys.controls(environment), field, before ?? '', after ?? '')) === 1;
  return {
    read: async (environment, app) => {
      const fields = ['freeze', `freeze:${app}`, `pin:${app}`, `approval:${app}`];
      const [whole, own, pinned, approved] = await redis.hmget(keys.controls(environment), ...fields);
      return { freeze: parse(freeze, own) ?? parse(freeze, whole), pin: parse(pin, pinned), approval: parse(approval, approved) };
    },
    readFreeze: async (environment) => parse(freeze, await redis.hget(keys.controls(environment), 'freeze')),
    setFreeze: (environment, app, value) => set(environment, app === undefined ? 'freeze' : `freeze:${app}`, textOf(freeze, value)),
    approve: (environment, app, value) => set(environment, `approval:${app}`, textOf(approval, value)),
    setApproval: (environment, app, before, after) =>
      replace(environment, `approval:${app}`, textOf(approval, before), textOf(approval, after)),
    setPin: async (environment, app, value) => {
      const key = keys.controls(environment);
      const text = textOf(pin, value);
      const change = redis.multi().hdel(key, `approval:${app}`);
      await (text === undefined ? change.hdel(key, `pin:${app}`) : change.hset(key, `pin:${app}`, text)).exec();
    },
    removePin: async (environment, app, value) => void (await replace(environment, `pin:${app}`, textOf(pin, value), undefined)),
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string | null | undefined): z.output<Schema> | undefined {
  return text === null || text === undefined ? undefined : schema.parse(JSON.parse(text));
}

const textOf = (schema: z.ZodType, value: object | undefined): string | undefined =>
  value === undefined ? undefined : JSON.stringify(schema.parse(value));
