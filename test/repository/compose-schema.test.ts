import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { composePlaces } from '../../playground/compose-reference.ts';
import { checkout } from '../../playground/windlass-process.ts';
import { examples } from './compose-examples.ts';
import { wrap } from './compose-wrappers.ts';
import { readShop } from './trees.ts';

interface SchemaKeys {
  readonly keys: Readonly<Record<string, string>>;
  /** Keys of Compose that came after that version of its schema. */
  readonly later: Readonly<Record<string, string>>;
}

const schema: SchemaKeys = JSON.parse(readFileSync(join(checkout, 'test/fixtures/compose-schema-keys.json'), 'utf8'));
const words = (text: string | undefined): readonly string[] => text?.split(' ') ?? [];

const beside = {
  'apps/shop/a.txt': 'text\n',
  'apps/shop/one.env': 'ONE=1\nTWO="2"\n',
  'apps/shop/other.yaml': 'services: { base: { image: z, user: "9", profiles: [] }, web: { image: z, user: "8" } }\n',
  'apps/shop/more.yaml': 'services: { more: { image: "m${TWO:-}" } }\n',
  'environments/staging.yaml': 'profiles: [debug]\n',
};

const read = (compose: string) => {
  const { application, images, issues } = readShop(compose, beside);
  return {
    issues: issues.map(({ message }) => message),
    model: JSON.stringify([application, images], (key, value) => (key === 'place' ? undefined : value)),
  };
};

test('the list of keys is that of the Compose schema, at every place', (t) => {
  t.deepEqual(composePlaces.map(({ name }) => name).sort(), Object.keys(schema.keys).sort());
  for (const { name, support } of composePlaces) {
    t.deepEqual(Object.keys(support).sort(), [...words(schema.keys[name]), ...words(schema.later[name])].sort(), name);
  }
});

for (const { name, support } of composePlaces) {
  for (const [key, { carried, note }] of Object.entries(support)) {
    const example = examples[name]?.[key];
    if (carried === 'no') {
      test(`${name}: ${key} is refused with the reason`, (t) => {
        const { issues } = read(wrap(name, `${key}: ${example ?? '{}'}`));
        t.true(
          issues.some((issue) => issue.endsWith(`${key} is not carried out: ${note}`)),
          issues.join('\n'),
        );
      });
      continue;
    }
    test(`${name}: ${key} is ${carried === 'yes' ? 'carried out' : 'passed over'}`, (t) => {
      if (example === undefined) return t.fail(`write an example for ${name} ${key}`);
      const [written, without] = typeof example === 'string' ? [wrap(name, `${key}: ${example}`), wrap(name, '')] : example;
      const found = read(written);
      t.deepEqual(found.issues, []);
      t.deepEqual(read(without).issues, []);
      if (carried === 'yes') t.not(found.model, read(without).model, 'it changes nothing');
      else t.is(found.model, read(without).model);
    });
  }
}
