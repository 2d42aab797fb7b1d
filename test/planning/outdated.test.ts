import test from 'ava';
import type { Network, Volume } from '../../src/model/networks-and-volumes.ts';
import { declarationHash, outdatedDeclarations } from '../../src/planning/outdated.ts';
import { application, host, service } from '../support/builders.ts';

const network = (over: Partial<Network> = {}): Network => ({
  name: 'staging-shop_back',
  driver: undefined,
  internal: false,
  labels: {},
  external: false,
  ...over,
});
const volume = (over: Partial<Volume> = {}): Volume => ({
  name: 'staging-shop_data',
  driver: undefined,
  driverOptions: {},
  labels: {},
  external: false,
  ...over,
});

/** What a plan says of this declaration where the host has what was declared `before`. */
function said(before: { network: Network; volume: Volume }, now: { network: Network; volume: Volume }) {
  const declared = {
    [`network ${before.network.name}`]: declarationHash(before.network),
    [`volume ${before.volume.name}`]: declarationHash(before.volume),
  };
  const app = { ...application([service()]), networks: [now.network], volumes: [now.volume] };
  return outdatedDeclarations(app, [host({ name: 'one', declared }), host({ name: 'two' })]);
}

test('a network or volume that was made as it is declared, or by nobody knows whom, is nothing to speak of', (t) => {
  const same = { network: network({ labels: { a: '1', b: '2' } }), volume: volume() };
  t.deepEqual(said(same, { ...same, network: network({ labels: { b: '2', a: '1' } }) }), []);
});

test('one that is declared otherwise by now is told of with its host and what to do', (t) => {
  const before = { network: network(), volume: volume() };
  const found = said(before, { network: network({ internal: true }), volume: volume({ driverOptions: { type: 'nfs' } }) });
  t.is(found.length, 2);
  t.regex(
    found[0] ?? '',
    /^network staging-shop_back on one is as it was declared before: .*docker ps -a --filter network=staging-shop_back/,
  );
  t.regex(found[1] ?? '', /^volume staging-shop_data on one is as it was declared before: .*docker volume rm staging-shop_data/);
});

test('what is external is not windlass’s to judge', (t) => {
  const before = { network: network(), volume: volume() };
  t.deepEqual(
    said(before, { network: network({ external: true, internal: true }), volume: volume({ external: true, driver: 'nfs' }) }),
    [],
  );
});
