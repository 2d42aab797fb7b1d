import { z } from 'zod';
import { messageOf, WindlassError } from './errors.ts';
import { Secret } from './secret.ts';

/** The environment's variables by name; an empty one counts as not set, as Compose files leave them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Reads single settings, gathering mistakes until `finish` throws them all. A wrong setting reads as its default. */
export interface Reader {
  text(name: string): string | undefined;
  /** `fallback` is written as in the environment. */
  read<T>(name: string, fallback: string, schema: z.ZodType<T>): T;
  optional<T>(name: string, schema: z.ZodType<T>): T | undefined;
  /** Also from the file that NAME_FILE names. */
  secret(name: string, schema?: z.ZodType<string>): Secret | undefined;
  /** Several, separated by commas. */
  secrets(name: string): readonly Secret[];
  /** The NAME of every WINDLASS_SOURCE_<NAME>_SECRET, _TOKEN and _SSH_KEY that is set. */
  sources(): readonly string[];
  /** A line for each WINDLASS_ variable that nothing has read so far. */
  unknown(): readonly string[];
  /** Throws WindlassError `settings` where something was wrong. */
  finish(): void;
}

const sourceVariable = /^WINDLASS_SOURCE_([A-Z0-9_]+)_(SECRET|TOKEN|SSH_KEY)(_FILE)?$/;
const printable = z.string().regex(/^[\x20-\x7e]*$/, 'has a character that is not printable ASCII; write one line without accents');

export function createReader(env: Variables, files: { readFile(path: string): string }): Reader {
  const problems: string[] = [];
  const known = new Set<string>();

  const text = (name: string) => {
    known.add(name);
    return env[name] || undefined;
  };
  const check = <T>(name: string, value: string, schema: z.ZodType<T>): T | undefined => {
    const result = schema.safeParse(value);
    if (!result.success) problems.push(...result.error.issues.map((issue) => `${name}: ${issue.message}`));
    return result.data;
  };
  const finish = () => {
    if (problems.length > 0) throw new WindlassError('settings', problems.join('\n'));
  };
  const file = (name: string) => {
    const path = text(`${name}_FILE`);
    if (path === undefined) return undefined;
    try {
      const content = files.readFile(path).replace(/\r?\n$/, '');
      if (content.trim() !== '') return content;
      problems.push(`${name}_FILE: ${path} is empty; write the secret into it`);
    } catch (error) {
      problems.push(`${name}_FILE: cannot be read (${messageOf(error)}); name a file that windlass may read`);
    }
    return undefined;
  };
  const plain = (name: string) => {
    const value = text(name);
    if (value !== undefined && text(`${name}_FILE`) !== undefined) problems.push(`${name}: ${name}_FILE is set too; leave one of them out`);
    return value ?? file(name);
  };
  const secret = (name: string, schema: z.ZodType<string> = printable) => {
    const value = plain(name);
    if (value === undefined) return undefined;
    if (value.trim() === '') problems.push(`${name}: is blank; write the secret, or leave it out`);
    return new Secret(check(name, value.trim(), schema) ?? '');
  };
  return {
    text,
    read: <T>(name: string, fallback: string, schema: z.ZodType<T>): T => {
      const value = text(name) ?? fallback;
      const checked = check(name, value, schema) ?? schema.safeParse(fallback).data;
      // A default may itself be wrong: the machine's name, for one, is not windlass's to choose.
      if (checked === undefined) finish();
      return checked as T;
    },
    optional: (name, schema) => {
      const value = text(name);
      return value === undefined ? undefined : check(name, value, schema);
    },
    secret,
    secrets: (name) => {
      const all = secret(name)?.reveal().split(',') ?? [];
      if (all.length > 1 && all.some((one) => one.trim() === '')) problems.push(`${name}: has an empty secret; write them as one,two`);
      return all.map((one) => new Secret(one.trim()));
    },
    sources: () => [...new Set(Object.keys(env).flatMap((name) => (env[name] && sourceVariable.exec(name)?.[1]) || []))],
    unknown: () =>
      Object.keys(env)
        .filter((name) => name.startsWith('WINDLASS_') && env[name] && !known.has(name))
        .map((name) => `${name} is set, but windlass knows no such setting`),
    finish,
  };
}
