import { driftPolicies } from '../src/model/drift.ts';
import { providers } from '../src/model/root.ts';
import * as keys from '../src/repository/windlass-keys.ts';

/** A JSON Schema, draft 7: what editors' YAML servers understand. */
export type JsonSchema = { readonly [keyword: string]: unknown };

const text: JsonSchema = { type: ['string', 'number', 'boolean'] };
const words = (...allowed: readonly string[]): JsonSchema => ({ enum: allowed });
const matching = (pattern: string): JsonSchema => ({ type: 'string', pattern });
/** A number or truth value counts as its text, whatever the pattern for text. */
const named = (pattern: string): JsonSchema => ({ anyOf: [matching(pattern), { type: ['number', 'boolean'] }] });
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const texts = list(text);
const textMap: JsonSchema = { type: 'object', additionalProperties: { anyOf: [text, { type: 'null' }] } };
const argv: JsonSchema = { type: 'array', items: text, minItems: 1 };
const duration: JsonSchema = { anyOf: [matching('^(0|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d|w))+)$'), { const: 0 }] };
const whole = (minimum: number, maximum: number): JsonSchema => ({ anyOf: [{ type: 'integer', minimum, maximum }, matching('^[0-9]+$')] });
const byName = (pattern: string, schema: JsonSchema): JsonSchema => ({
  type: 'object',
  propertyNames: { pattern },
  additionalProperties: { anyOf: [schema, { type: 'null' }] },
});

const name = '^[a-z0-9][a-z0-9_-]{0,39}$';
const serviceName = '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$';
const hostName = '^[a-zA-Z0-9][a-zA-Z0-9.-]{0,62}$';
const branch = named('^[^\\s~^:?*\\[\\\\]+$');
const policy = words('mutable', 'immutable');
const drift = words(...driftPolicies);
const profiles = list(named('^[a-zA-Z0-9][a-zA-Z0-9_.-]*$'));

/**
 * A mapping with the keys of one of the readers' tables: each has to be given its meaning here. A key without a value is as good as none.
 */
function mapping<Keys extends Readonly<Record<string, string>>>(
  table: Keys,
  values: { readonly [K in keyof Keys]: JsonSchema },
  required: readonly (keyof Keys)[] = [],
): JsonSchema {
  const properties = Object.entries(table).map(([key, description]) => {
    const value = values[key] ?? {};
    return [key, { description, ...(required.includes(key) ? value : { anyOf: [value, { type: 'null' }] }) }];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    patternProperties: { '^x-(?!windlass$)': {} },
    additionalProperties: false,
    ...(required.length > 0 && { required }),
  };
}

const variables: JsonSchema = {
  type: 'object',
  propertyNames: { pattern: '^(?!(env|environment|commit|app|service|container|host|services|apps|hosts)$)[A-Za-z_][A-Za-z0-9_]*$' },
  additionalProperties: {
    anyOf: [
      mapping(keys.formulaKeys, { cel: named('.') }, ['cel']),
      mapping(keys.secretVariableKeys, { secret: named('^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$') }, ['secret']),
      { type: 'object', propertyNames: { pattern: '^(?!(cel|secret)$)' } },
      { type: ['string', 'number', 'boolean', 'null', 'array'] },
    ],
  },
};

const signal = { anyOf: [matching('^([Ss][Ii][Gg])?[A-Za-z][A-Za-z0-9+]*$'), { type: 'integer', minimum: 1, maximum: 64 }] };
const { http, status, body, tcp, exec, within, retries } = keys.verifyKeys;
const tried = { within: duration, retries: whole(0, 1000) };
const verify = {
  anyOf: [
    mapping(
      { http, status, body, within, retries },
      { http: matching('^https?://'), status: whole(100, 599), body: named('.'), ...tried },
      ['http'],
    ),
    mapping({ tcp, within, retries }, { tcp: whole(1, 65_535), ...tried }, ['tcp']),
    mapping({ exec, within, retries }, { exec: argv, ...tried }, ['exec']),
  ],
};
const action = {
  anyOf: [
    words('none', 'restart', 'recreate'),
    mapping({ signal: keys.actionKeys.signal, process: keys.actionKeys.process }, { signal, process: text }, ['signal']),
    mapping({ exec: keys.actionKeys.exec }, { exec: argv }, ['exec']),
    mapping({ script: keys.actionKeys.script }, { script: named('.') }, ['script']),
  ],
};
const reaction = mapping(keys.reactionKeys, {
  configs: texts,
  check: argv,
  action,
  verify,
  settle: mapping(keys.settleKeys, { min: duration, max: duration }),
});
const reactions = { anyOf: [reaction, list(reaction)] };

const applicationExtension = mapping(keys.applicationExtensionKeys, { policy, drift, variables, on_config_change: reactions });
const canary = mapping(keys.canaryKeys, {
  containers: { anyOf: [whole(0, 1000), matching('^[0-9]{1,3}%$')] },
  pause: { anyOf: [words('manual'), duration] },
});
const guard = mapping(keys.guardKeys, {
  minimum_members: whole(0, Number.MAX_SAFE_INTEGER),
  maximum_shrink: matching('^\\s*([0-9]{1,2}|100)%\\s*$'),
});
const ofService = { policy, drift, variables, on_config_change: reactions, drain: duration, guard, canary };
const serviceExtension = mapping(keys.serviceExtensionKeys, ofService);

const root = mapping(
  keys.rootKeys,
  {
    version: { enum: [1, '1'] },
    environments: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: name },
      additionalProperties: mapping(
        keys.environmentKeys,
        {
          branch,
          apps: list(named(name)),
          hosts: textMap,
          sources: textMap,
          approval: words('none', 'required'),
          on_lost_host: words('hold', 'skip'),
        },
        ['branch'],
      ),
    },
    hosts: byName(hostName, mapping(keys.hostKeys, { labels: textMap, variables })),
    images: list(
      mapping(
        keys.imageKeys,
        {
          name: named('^[a-z0-9]'),
          context: named('.'),
          dockerfile: named('.'),
          args: { anyOf: [{ type: 'object', additionalProperties: text }, list(matching('='))] },
          target: text,
          tag: text,
          matrix: { type: 'object', minProperties: 1, additionalProperties: { ...texts, minItems: 1 } },
          source: named('.'),
          network: words('default', 'host', 'none'),
          keep: whole(0, 1000),
        },
        ['name', 'context'],
      ),
    ),
    sources: {
      type: 'object',
      propertyNames: { pattern: '^(?!config$)[a-z0-9][a-z0-9_-]{0,39}$' },
      additionalProperties: mapping(keys.sourceKeys, { url: named('.'), branch, provider: words(...providers) }, ['url']),
    },
  },
  ['environments'],
);

const environment = mapping(keys.environmentFileKeys, {
  variables,
  profiles,
  apps: byName(
    name,
    mapping(keys.applicationKeys, {
      policy,
      drift,
      adopt: named('^[a-z0-9][a-z0-9_-]{0,62}$'),
      variables,
      profiles,
      services: byName(serviceName, mapping(keys.serviceKeys, { policy, drift, replicas: whole(0, 1000), guard, variables, canary })),
    }),
  ),
});

/** Compose's own schema for all the rest: https://github.com/compose-spec/compose-spec */
const composeSchema = 'https://raw.githubusercontent.com/compose-spec/compose-spec/main/schema/compose-spec.json';
const compose: JsonSchema = {
  allOf: [{ $ref: composeSchema }],
  type: 'object',
  properties: {
    'x-windlass': applicationExtension,
    services: { type: 'object', additionalProperties: { type: 'object', properties: { 'x-windlass': serviceExtension } } },
  },
};

const schema = (title: string, content: JsonSchema): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title,
  ...content,
});

/** By path in the checkout. */
export const jsonSchemas: Readonly<Record<string, JsonSchema>> = {
  'schemas/windlass.json': schema('windlass.yaml', root),
  'schemas/environment.json': schema('environments/NAME.yaml', environment),
  'schemas/compose.json': schema('apps/NAME/compose.yaml', compose),
  'schemas/x-windlass.json': schema('x-windlass at the top of compose.yaml', applicationExtension),
  'schemas/x-windlass-service.json': schema('x-windlass of a service', serviceExtension),
};

/** As it is committed. */
export const schemaText = (content: JsonSchema): string => `${JSON.stringify(content, null, 2)}\n`;
