import type { MapEntry, MapValue, ScalarValue, Value } from './yaml-value.ts';

/** Replaced as a whole, never put together. */
const replaced = new Set(['command', 'entrypoint', 'test']);
/** May be written as a list of `NAME=value` and are put together by name. */
const pairs = new Set(['environment', 'labels', 'annotations', 'sysctls', 'args', 'options', 'driver_opts', 'extra_hosts']);
/** May be written as a list of names and are put together by name. */
const named = new Set(['networks', 'depends_on', 'models']);
/** Lists in which a later entry for the same path in the container replaces an earlier one. */
const byTarget = new Set(['volumes', 'devices', 'configs', 'secrets', 'tmpfs']);

/** A service over the one that it extends, the way Compose merges them: `over` wins, lists are put together. */
export function mergeService(base: Value, over: Value, key = ''): Value {
  if (replaced.has(key) || isEmpty(over)) return isEmpty(over) && !replaced.has(key) ? base : over;
  if (pairs.has(key) || named.has(key)) return mergeMaps(toMap(base, key), toMap(over, key));
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over);
  if (base.kind === 'list' || over.kind === 'list') return mergeLists(base, over, key);
  return mayRepeat.has(key) ? mergeLists(base, over, key) : over;
}

/** Written as one text, they still are lists of one. */
const mayRepeat = new Set(['env_file', 'label_file', 'dns', 'dns_search', 'tmpfs']);

const isEmpty = (value: Value): boolean => value.kind === 'scalar' && value.plain && /^(?:|~|null|Null|NULL)$/.test(value.text);

function mergeMaps(base: Value, over: Value): Value {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map<string, MapEntry>(base.entries);
  for (const [key, entry] of over.entries) {
    const before = base.entries.get(key);
    entries.set(key, before === undefined ? entry : { place: entry.place, value: mergeService(before.value, entry.value, key) });
  }
  return { kind: 'map', entries, place: over.place };
}

function mergeLists(base: Value, over: Value, key: string): Value {
  const itemsOf = (value: Value): readonly Value[] => (value.kind === 'list' ? value.items : [value]);
  const identity = (item: Value) => (byTarget.has(key) ? targetOf(item) : textOf(item));
  const items = new Map<string, Value>();
  for (const item of [...itemsOf(base), ...itemsOf(over)]) items.set(identity(item), item);
  return { kind: 'list', items: [...items.values()], place: over.place };
}

/** A list of `NAME=value` (for hosts `NAME:address`) or names as the mapping that it means; anything else as it is. */
function toMap(value: Value, key: string): Value {
  if (value.kind !== 'list') return value;
  const entries = new Map<string, MapEntry>();
  for (const item of value.items) {
    if (item.kind !== 'scalar') return value;
    const [, name = item.text, text] = (key === 'extra_hosts' ? /^([^:=]+)[:=](.*)$/s : /^([^=]+)=(.*)$/s).exec(item.text) ?? [];
    const nothing: ScalarValue = { kind: 'scalar', text: '', plain: true, place: item.place };
    // Quoted: what stands behind the sign is text, whatever it looks like.
    const written: Value = text === undefined ? nothing : { ...nothing, text, plain: false };
    entries.set(name, { place: item.place, value: key === 'depends_on' ? started(item) : named.has(key) ? nothing : written });
  }
  return { kind: 'map', entries, place: value.place };
}

/** A name under `depends_on` as Compose reads it. */
function started({ place }: ScalarValue): MapValue {
  const condition: Value = { kind: 'scalar', text: 'service_started', plain: true, place };
  return { kind: 'map', entries: new Map([['condition', { place, value: condition }]]), place };
}

/** The path in the container that an entry of a list is for. */
function targetOf(item: Value): string {
  if (item.kind === 'map') {
    const target = item.entries.get('target') ?? item.entries.get('source');
    return target === undefined ? textOf(item) : textOf(target.value);
  }
  // References may hold colons of their own.
  const [first = '', second] = textOf(item)
    .replace(/\$\{[^}]*\}/g, (reference) => reference.replaceAll(':', ' '))
    .split(':');
  return second === undefined || /^(?:ro|rw|size=|mode=)/.test(second) ? first : second;
}

function textOf(value: Value): string {
  if (value.kind === 'scalar') return value.text;
  if (value.kind === 'list') return JSON.stringify(value.items.map(textOf));
  return JSON.stringify([...value.entries].map(([key, entry]) => [key, textOf(entry.value)]));
}
