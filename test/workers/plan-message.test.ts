import test from 'ava';
import fc from 'fast-check';
import { packEntries, unpackEntries } from '../../src/model/image.ts';
import { Secret } from '../../src/secret.ts';
import { planMessage, readPlanMessage } from '../../src/workers/plan-message.ts';

const path = fc.string({ minLength: 1 }).filter((text) => !text.includes('\0'));
const entry = fc.record({ path, mode: fc.constantFrom('100644', '100755', '120000'), oid: fc.stringMatching(/^[0-9a-f]{40}$/) });

test('a tree that went as text is the tree that it was', (t) => {
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      t.deepEqual(unpackEntries(packEntries(entries)), entries);
    }),
  );
});

test('every request is in the thread what it was outside', (t) => {
  const tree = { commit: 'c'.repeat(40), entries: [{ path: 'a b', mode: '100644', oid: 'd'.repeat(40) }], files: new Map() };
  const environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
  const root = { environments: [], hosts: [], sources: [] };
  for (const request of [
    { kind: 'root', tree },
    { kind: 'validate', tree },
    { kind: 'edit-variables', tree, environment: 'staging', changes: [] },
    { kind: 'variables', tree, head: tree, environment: 'staging', apps: [], hosts: [] },
    { kind: 'load', key: 'k', input: { environment, root, trees: { config: tree } } },
    { kind: 'images', key: 'k', hosts: [], ownHost: 'one' },
  ] as const) {
    t.deepEqual(readPlanMessage(structuredClone(planMessage(request as never))), request as never);
  }
});

test('secrets reach the thread, and are secrets there', (t) => {
  const request = { kind: 'decide', key: 'k', secrets: { db: new Secret('hunter2') } };
  const read = readPlanMessage(structuredClone(planMessage(request as never)));
  t.is(read.kind === 'decide' ? read.secrets.db?.reveal() : '', 'hunter2');
  t.notRegex(JSON.stringify(read), /hunter2/);
});
