import type { DeploymentRecord, StepRecord } from '../../src/model/deployment.ts';
import { commit, earlier, type Memory, succeeded } from '../api/memory.ts';
import { needing } from '../support/needing.ts';
import { terminal } from './terminal.ts';

const terminalTest = needing('script', 'stty');

const { finishedAt = '', ...begun } = succeeded;
const step = (name: string, state: StepRecord['state'], more: Partial<StepRecord> = {}): StepRecord => ({
  kind: 'push-config',
  name,
  host: 'web-1',
  reason: 'nginx.conf changed',
  state,
  ...more,
});

function underWay(memory: Memory, steps: readonly StepRecord[]): (state: DeploymentRecord['state'], steps: readonly StepRecord[]) => void {
  const running: DeploymentRecord = { ...begun, id: 'd-2', trigger: 'manual', state: 'running', steps: [...steps] };
  memory.onDeploy = () => {
    memory.app = { ...memory.app, deployed: earlier, state: 'deploying' };
    memory.deployments.unshift(running);
  };
  return (state, now) => {
    memory.deployments[0] = { ...running, state, steps: [...now], ...(state === 'running' ? {} : { finishedAt }) };
    if (state === 'succeeded') memory.app = { ...memory.app, state: 'deployed', deployed: commit };
    if (state === 'failed') memory.app = { ...memory.app, state: 'failed', message: 'nginx refused it' };
  };
}

terminalTest('in a terminal deploy draws its rows in place and leaves the last of them', async (t) => {
  let become: ReturnType<typeof underWay> = () => {};
  const shown = await terminal(t, ['deploy', 'staging', '--yes'], ({ memory }) => {
    become = underWay(memory, [step('web-1', 'running'), step('web-2', 'queued')]);
  });
  await shown.shows(/0 of 2/);
  become('running', [step('web-1', 'succeeded', { ms: 84 }), step('web-2', 'running')]);
  await shown.shows(/1 of 2/);
  become('succeeded', [step('web-1', 'succeeded', { ms: 84 }), step('web-2', 'succeeded', { ms: 90 })]);
  t.is(await shown.ended, 0);
  t.is(
    shown.screen(),
    `staging/shop  ${'━'.repeat(24)}  2 of 2  succeeded  4.2s
  ✔ push-config  web-1  web-1    84ms
  ✔ push-config  web-2  web-1    90ms
staging/shop deployed at 4f0c2a9
`,
  );
  t.true(shown.written().includes('\u001b[32m'), 'in colour');
});

terminalTest('in a terminal a failure is quoted above the rows, and what to do stands below', async (t) => {
  let become: ReturnType<typeof underWay> = () => {};
  const shown = await terminal(t, ['deploy', 'staging', '--yes'], ({ memory }) => {
    become = underWay(memory, [step('web-1', 'running')]);
  });
  await shown.shows(/0 of 1/);
  become('failed', [step('web-1', 'failed', { ms: 12, error: 'nginx refused it\nnginx: [emerg] unknown directive "lisn"' })]);
  t.is(await shown.ended, 1);
  const lines = shown.screen().split('\n');
  t.deepEqual(lines.slice(0, 2), [
    'shop: push-config web-1 on web-1 failed in 12ms: nginx refused it',
    '  | nginx: [emerg] unknown directive "lisn"',
  ]);
  t.true(lines[2]?.startsWith('staging/shop '));
  t.regex(shown.screen(), /Correct it and push/);
});

terminalTest('Ctrl-C in a terminal leaves the deployment running, says so and ends with 130', async (t) => {
  const shown = await terminal(t, ['deploy', 'staging', '--yes'], ({ memory }) => void underWay(memory, [step('web-1', 'running')]));
  await shown.shows(/0 of 1/);
  shown.type('\u0003');
  t.is(await shown.ended, 130);
  t.regex(shown.screen(), /no longer following; the deployment goes on/);
});

terminalTest('show -f has the log scroll above the rows, and ends with the whole', async (t) => {
  const shown = await terminal(t, ['show', 'd-1', '-f'], ({ memory }) => {
    memory.deployments[0] = { ...begun, state: 'running', steps: [step('web-1', 'running')] };
  });
  await shown.shows(/#1 FROM busybox[\s\S]*0 of 1/);
  shown.memory.logs.get('d-1')?.push({ at: '2026-08-20T10:00:02.000Z', step: 'web:latest', line: '#2 COPY' });
  await shown.shows(/#1 FROM busybox\n[^\n]*#2 COPY\nstaging\/shop /);
  shown.memory.deployments[0] = succeeded;
  t.is(await shown.ended, 0);
  t.regex(shown.screen(), /#2 COPY\n\nd-1: staging\/shop at 4f0c2a9 by push: succeeded/, 'the rows are gone');
});

terminalTest('a small window gets lines that fit', async (t) => {
  const many = Array.from({ length: 30 }, (_, i) => step(`staging-shop-web-${i}`, i === 0 ? 'running' : 'queued'));
  const shown = await terminal(t, ['deploy', 'staging', '--yes'], ({ memory }) => void underWay(memory, many), { columns: 34, rows: 6 });
  await shown.shows(/more, 0 of them/);
  const lines = shown.screen().trimEnd().split('\n');
  t.is(lines.length, 5);
  for (const line of lines) t.true(line.length < 34, line);
  shown.type('\u0003');
  await shown.ended;
});

terminalTest('NO_COLOR gets plain lines in a terminal, too', async (t) => {
  let become: ReturnType<typeof underWay> = () => {};
  const shown = await terminal(
    t,
    ['deploy', 'staging', '--yes'],
    ({ memory }) => {
      become = underWay(memory, [step('web-1', 'running')]);
    },
    { env: { NO_COLOR: '1' } },
  );
  await shown.shows('push-config web-1 on web-1 running');
  become('succeeded', [step('web-1', 'succeeded')]);
  t.is(await shown.ended, 0);
  t.false(shown.written().includes('\u001b'));
});

terminalTest('history in a terminal has one line for each deployment', async (t) => {
  const shown = await terminal(t, ['history'], ({ memory }) => {
    memory.deployments[0] = { ...succeeded, state: 'failed', message: 'a long story '.repeat(20) };
  });
  t.is(await shown.ended, 0);
  t.is(shown.screen().trimEnd().split('\n').length, 2);
});
