import test from 'ava';
import { applicationPlan } from '../../src/controller/decision-documents.ts';
import { undecided } from '../../src/planning/decide.ts';

const frozen = 'frozen by ann since 2026-03-02';
const homeless = [{ file: 'apps/shop/compose.yaml', line: 3, column: 3, message: 'service web has nowhere to run' }];

test('a freeze stands above what else a plan waits for', (t) => {
  t.deepEqual(applicationPlan('shop', { ...undecided, homeless }, { frozen }).waiting, [
    frozen,
    'apps/shop/compose.yaml:3:3: service web has nowhere to run',
  ]);
});

test('a freeze is no reason to wait where there is nothing to do', (t) => {
  t.deepEqual(applicationPlan('shop', undecided, { frozen }).waiting, []);
});
