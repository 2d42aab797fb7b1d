import test from 'ava';
import { whatNext } from '../../src/cli/what-next.ts';
import type { DeploymentRecord } from '../../src/model/deployment.ts';
import type { OutcomeDocument, State } from '../../src/model/status-documents.ts';
import { succeeded } from '../api/memory.ts';

const outcome = (state: State, message = '', deployment?: Partial<DeploymentRecord>): OutcomeDocument => ({
  apiVersion: 'windlass/v1',
  environment: 'staging',
  apps: [{ name: 'shop', state, wanted: null, deployed: null, message, canary: null, limit: null }],
  deployments: deployment ? [{ ...succeeded, ...deployment }] : [],
});

const says = (title: string, given: OutcomeDocument, expected: readonly string[]) =>
  test(title, (t) => t.deepEqual(whatNext(given), expected));

says('what is deployed needs nothing', outcome('deployed', '', {}), []);
says('what failed is corrected or tried again', outcome('failed', 'refused', { state: 'failed' }), [
  'Correct it and push, or try the same again with "windlass deploy staging --app shop"; "windlass show d-1" has every step and its log',
]);
says('what was rolled back runs as before', outcome('failed', 'unhealthy', { state: 'rolled-back' }), [
  'staging/shop runs what it ran before. Correct it and push, or try the same again with "windlass deploy staging --app shop"; "windlass show d-1" has every step and its log',
]);
says('a freeze is taken off', outcome('held', 'frozen by alice since 2026-08-20T10:00:00Z'), ['"windlass unfreeze staging" lets it go on']);
says('a lost host is looked for', outcome('held', 'waiting for web-2: its agent does not answer'), [
  'it goes on by itself once the agent is back; "windlass hosts" shows which are there',
]);
says('an approval is given', outcome('awaiting-approval'), ['"windlass approve staging" shows the plan and lets it go on']);
