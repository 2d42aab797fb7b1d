import type { Action, Reaction, Verify } from '../model/application.ts';
import { type Cursor, fail, integer, nonEmpty, oneOf, quote, type Reader, string } from './reader.ts';
import { argv, type Fields, fields, list, oneOrMany, present } from './reader-collections.ts';
import type { TreeReader } from './repository-path.ts';
import { readScript } from './script-action.ts';
import { duration, readSignal } from './service-process.ts';
import { actionKeys, reactionKeys, settleKeys, verifyKeys } from './windlass-keys.ts';

const defaultSettle = { minMs: 1000, maxMs: 10_000 };
const defaultWithin = 10_000;
const mostRetries = 1000;

/** `on_config_change:`: one reaction, or a list of them for different files; scripts are the tree's. */
export const readReactions = (tree: TreeReader): Reader<readonly Reaction[]> => oneOrMany((at) => readReaction(at, tree));

function readReaction(at: Cursor, tree: TreeReader): Reaction | undefined {
  const found = fields(at, { known: Object.keys(reactionKeys) });
  return (
    found && {
      configs: found.read('configs', list(string)),
      check: found.read('check', argv),
      action: found.read('action', (action) => readAction(action, tree)) ?? { kind: 'none' },
      verify: found.read('verify', readVerify),
      settle: found.read('settle', readSettle),
    }
  );
}

function readAction(at: Cursor, tree: TreeReader): Action | undefined {
  if (at.value.kind !== 'map') {
    const kind = oneOf('none', 'restart', 'recreate')(at);
    return kind && { kind };
  }
  const found = fields(at, { known: Object.keys(actionKeys) });
  if (found === undefined || !exactlyOne(found, ['signal', 'exec', 'script'])) return undefined;
  const signal = found.read('signal', readSignal);
  const process = found.read('process', string);
  if (process !== undefined && found.get('signal') === undefined) return fail(at, 'has a process, which belongs to signal');
  if (signal !== undefined) return { kind: 'signal', signal, ...(process ? { process } : {}) };
  const script = found.get('script');
  if (script !== undefined) return readScript(script, tree);
  const command = found.read('exec', argv);
  return command && { kind: 'exec', argv: command };
}

const readVerify: Reader<Verify> = (at) => {
  const found = fields(at, { known: Object.keys(verifyKeys) });
  if (found === undefined || !exactlyOne(found, ['http', 'tcp', 'exec'])) return undefined;
  const tried = {
    withinMs: found.read('within', duration) ?? defaultWithin,
    ...present({ retries: found.read('retries', integer(0, mostRetries)) }),
  };
  const status = found.read('status', integer(100, 599));
  if (status !== undefined && found.get('http') === undefined) return fail(at, 'has a status, which belongs to http');
  const body = found.read('body', nonEmpty);
  if (body !== undefined && found.get('http') === undefined) return fail(at, 'has a body, which belongs to http');
  const url = found.read('http', readUrl);
  if (url !== undefined) return { kind: 'http', url, status: status ?? 200, ...tried, ...(body !== undefined && { body }) };
  const port = found.read('tcp', integer(1, 65535));
  if (port !== undefined) return { kind: 'tcp', port, ...tried };
  const command = found.read('exec', argv);
  return command && { kind: 'exec', argv: command, ...tried };
};

const readUrl: Reader<string> = (at) => {
  const url = string(at);
  if (url === undefined || /^https?:\/\/[^\s/]+/.test(url.replaceAll(/\{\{[^{}]*\}\}/g, 'x'))) return url;
  return fail(at, `must be a URL, for example http://{{container.ip}}:8080/health, not ${quote(url)}`);
};

const readSettle: Reader<Reaction['settle']> = (at) => {
  const found = fields(at, { known: Object.keys(settleKeys) });
  if (found === undefined) return undefined;
  const minMs = found.read('min', duration) ?? defaultSettle.minMs;
  const maxMs = found.read('max', duration) ?? Math.max(defaultSettle.maxMs, minMs);
  return minMs <= maxMs ? { minMs, maxMs } : fail(at, 'has a min above its max');
};

function exactlyOne(found: Fields, keys: readonly string[]): boolean {
  const given = keys.filter((key) => found.get(key) !== undefined);
  if (given.length === 1) return true;
  const refused = found.at.value.kind === 'map' && given.length === 0 && found.at.value.entries.size > 0 && hasOnlyOthers(found, keys);
  // An unknown key alone has been complained about already.
  if (!refused) fail(found.at, `needs exactly one of ${keys.join(', ')}`);
  return false;
}

const hasOnlyOthers = (found: Fields, keys: readonly string[]): boolean =>
  found.at.value.kind === 'map' &&
  // Keys that start with x- are nobody's to complain about.
  [...found.at.value.entries.keys()].some((key) => !key.startsWith('x-')) &&
  [...found.at.value.entries.keys()].every((key) => !keys.includes(key) && !['within', 'retries', 'status', 'body'].includes(key));
