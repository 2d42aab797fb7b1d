import type { Constant, Place, Variable } from '../model/application.ts';
import { type Cursor, fail, nonEmpty, type Reader } from './reader.ts';
import { entries, fields, type NamedCursor, record } from './reader-collections.ts';
import { formulaKeys, secretVariableKeys } from './windlass-keys.ts';
import { typePlain, type Value } from './yaml-value.ts';

/** What templates and formulas see under these names is windlass's own. */
const taken = new Set(['env', 'environment', 'commit', 'app', 'service', 'container', 'host', 'services', 'apps', 'hosts']);
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const secretName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export type Variables = Readonly<Record<string, Variable>>;

/** What a file in WINDLASS_SECRETS_DIR may be called. */
export const isSecretName = (text: string): boolean => secretName.test(text);

/** A variable and where its name stands. */
export interface PlacedVariable {
  readonly name: string;
  readonly place: Place;
  readonly variable: Variable;
}

/** As `readVariables`, with places. */
export function readPlacedVariables(at: Cursor | undefined): readonly PlacedVariable[] {
  const plain = at && { ...at, reading: { issues: at.reading.issues } };
  return entries(plain).flatMap((entry) => {
    const variable = nameIsFree(entry) ? readVariable(entry) : undefined;
    return variable === undefined ? [] : [{ name: entry.key, place: entry.keyPlace, variable }];
  });
}

/** Constants, `{ cel: formula }` and `{ secret: name }` by name. Nothing in them is interpolated: they are what `${…}` is made from. */
export function readVariables(at: Cursor | undefined): Variables {
  const plain = at && { ...at, reading: { issues: at.reading.issues } };
  return record(entries(plain).map((entry) => [entry.key, nameIsFree(entry) ? (readVariable(entry) ?? mistaken) : undefined]));
}

/** In the place of a variable with a mistake, so that its name is not called unknown as well. */
const mistaken: Variable = { kind: 'constant', value: '' };

function nameIsFree(entry: NamedCursor): boolean {
  if (taken.has(entry.key)) {
    return fail(entry, 'is a name that windlass gives to templates itself; choose another one', entry.keyPlace) ?? false;
  }
  if (variableName.test(entry.key)) return true;
  return fail(entry, 'is no name for a variable: letters, digits and "_", not starting with a digit', entry.keyPlace) ?? false;
}

const readVariable: Reader<Variable> = (at) => {
  const { value } = at;
  if (value.kind === 'map' && value.entries.has('cel')) return readFormula(at);
  if (value.kind === 'map' && value.entries.has('secret')) return readSecret(at);
  const constant = toConstant(at, value);
  return constant === undefined ? undefined : { kind: 'constant', value: constant };
};

const readFormula: Reader<Variable> = (at) => {
  const found = fields(at, { known: Object.keys(formulaKeys) });
  const cel = found?.require('cel', nonEmpty);
  return cel === undefined ? undefined : { kind: 'formula', cel, place: found?.get('cel')?.value.place ?? at.value.place };
};

const readSecret: Reader<Variable> = (at) => {
  const found = fields(at, { known: Object.keys(secretVariableKeys) });
  const name = found?.require('secret', nonEmpty);
  if (name === undefined) return undefined;
  if (secretName.test(name)) return { kind: 'secret', name, place: found?.get('secret')?.value.place ?? at.value.place };
  return fail(at, `names a secret by its file's name: letters, digits, ".", "-" and "_"`);
};

function toConstant(at: Cursor, value: Value): Constant | undefined {
  if (value.kind === 'list') return value.items.map((item) => toConstant(at, item) ?? null);
  if (value.kind === 'map') return record([...value.entries].map(([key, entry]) => [key, toConstant(at, entry.value)]));
  if (!value.plain) return value.text;
  const constant = typePlain(value.text);
  if (typeof constant !== 'number' || !Number.isInteger(constant) || Number.isSafeInteger(constant)) return constant;
  return fail(at, `${value.text} is too large for a number; write it in quotes`, value.place);
}

/** The weakest first. */
export const overlay = (...layers: readonly Variables[]): Variables => record(layers.flatMap((layer) => Object.entries(layer)));
