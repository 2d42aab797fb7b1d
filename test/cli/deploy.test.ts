import test, { type ExecutionContext } from 'ava';
import type { DeploymentRecord } from '../../src/model/deployment.ts';
import type { State } from '../../src/model/status-documents.ts';
import { commit, earlier, type Memory, succeeded } from '../api/memory.ts';
import { door } from './windlass.ts';

const push = { kind: 'push-config', name: 'staging-shop-web-1', host: 'web-1', reason: 'nginx.conf changed' } as const;
const { finishedAt, ...begun } = succeeded;

/** A deploy that is under way when it is accepted; `end` gives it its outcome. */
function underWay(memory: Memory): { end(state: State, deployment: Partial<DeploymentRecord>): void } {
  const running: DeploymentRecord = { ...begun, id: 'd-2', trigger: 'manual', state: 'running', steps: [{ ...push, state: 'running' }] };
  memory.onDeploy = () => {
    memory.app = { ...memory.app, deployed: earlier, state: 'deploying' };
    memory.deployments.unshift(running);
  };
  return {
    end: (state, deployment) => {
      memory.deployments[0] = { ...running, finishedAt: finishedAt ?? '', ...deployment };
      memory.app = { ...memory.app, state, deployed: state === 'deployed' ? commit : earlier, message: deployment.message ?? '' };
    },
  };
}

const outcome = (
  title: string,
  state: State,
  deployment: Partial<DeploymentRecord>,
  expected: { readonly status: number; readonly stdout: string; readonly stderr: string },
) =>
  test.serial(title, async (t: ExecutionContext) => {
    const { start, memory } = await door(t);
    const { end } = underWay(memory);
    const running = start('deploy', 'staging', '--app', 'shop');
    await running.says('running');
    end(state, deployment);
    t.deepEqual(await running.ended, expected);
  });

const began = 'shop: push-config staging-shop-web-1 on web-1 running: nginx.conf changed\n';
const next =
  'Correct it and push, or try the same again with "windlass deploy staging --app shop"; "windlass show d-2" has every step and its log\n';
outcome(
  'deploy follows the steps to a success',
  'deployed',
  { state: 'succeeded', steps: [{ ...push, state: 'succeeded', ms: 84 }] },
  {
    status: 0,
    stdout: 'staging/shop deployed at 4f0c2a9\n',
    stderr: `${began}shop: push-config staging-shop-web-1 on web-1 succeeded in 84ms\n`,
  },
);
outcome(
  'deploy exits 3 when what failed was rolled back',
  'failed',
  { state: 'rolled-back', message: 'the health check failed', steps: [{ ...push, state: 'undone', ms: 5000, error: 'status 500' }] },
  {
    status: 3,
    stdout: 'staging/shop failed at 4f0c2a9: the health check failed\n',
    stderr: `${began}shop: push-config staging-shop-web-1 on web-1 undone in 5.0s: status 500\nstaging/shop runs what it ran before. ${next}`,
  },
);
outcome(
  'deploy exits 1 when it failed',
  'failed',
  {
    state: 'failed',
    message: 'refused',
    steps: [{ ...push, state: 'failed', ms: 12, error: 'nginx refused it\nnginx: [emerg] unknown directive\n' }],
  },
  {
    status: 1,
    stdout: 'staging/shop failed at 4f0c2a9: refused\n',
    stderr: `${began}shop: push-config staging-shop-web-1 on web-1 failed in 12ms: nginx refused it\n  | nginx: [emerg] unknown directive\n${next}`,
  },
);

test.serial('a deploy that finds nothing to do is done', async (t) => {
  const { run, memory } = await door(t);
  t.deepEqual(await run('deploy', 'staging'), { status: 0, stdout: 'staging/shop deployed at 4f0c2a9\n', stderr: '' });
  t.regex(memory.asked.join('\n'), /deploy staging \* \w+/);
});

test.serial('an earlier deployment that was rolled back is not taken for the outcome', async (t) => {
  const { run, memory } = await door(t);
  memory.deployments[0] = { ...succeeded, state: 'rolled-back' };
  memory.app = { ...memory.app, state: 'failed', message: 'Git does not answer' };
  const { status } = await run('deploy', 'staging');
  t.is(status, 1);
});

test.serial('--no-wait leaves at once', async (t) => {
  const { run, memory } = await door(t);
  underWay(memory);
  t.deepEqual(await run('deploy', 'staging', '--no-wait'), { status: 0, stdout: 'staging/shop is being deployed\n', stderr: '' });
});

test.serial('Ctrl-C leaves the deployment running and says so', async (t) => {
  const { start, memory } = await door(t);
  underWay(memory);
  const running = start('deploy', 'staging');
  await running.says('running');
  running.child.kill('SIGINT');
  const { status, stderr } = await running.ended;
  t.is(status, 130);
  t.true(stderr.includes('the deployment goes on'));
});

test.serial('a controller that starts again is no end of the wait', async (t) => {
  const { start, memory } = await door(t);
  const { end } = underWay(memory);
  const running = start('deploy', 'staging');
  await running.says('running');
  const { status } = memory.operations;
  let failures = 0;
  Object.assign(memory.operations, {
    status: async () => {
      if (++failures > 2) return status();
      end('deployed', { state: 'succeeded' });
      const { WindlassError } = await import('../../src/errors.ts');
      throw new WindlassError('redis', 'Redis does not answer');
    },
  });
  t.is((await running.ended).status, 0);
  t.true(failures > 2);
});

test.serial('show -f goes on until the deployment has ended', async (t) => {
  const { start, memory } = await door(t);
  memory.deployments[0] = { ...begun, state: 'running' };
  const running = start('show', 'd-1', '-f');
  await running.says('#1 FROM busybox');
  memory.logs.get('d-1')?.push({ at: '2026-08-20T10:00:02.000Z', step: '', line: 'done' });
  memory.deployments[0] = succeeded;
  const { status, stdout } = await running.ended;
  t.is(status, 0);
  t.is(
    stdout,
    `d-1: staging/shop at 4f0c2a9 by push: running
started 2026-08-20 10:00:00Z

10:00:01 web:latest  #1 FROM busybox
10:00:02 -  done

d-1: staging/shop at 4f0c2a9 by push: succeeded
started 2026-08-20 10:00:00Z, took 4.2s

STEP         NAME                HOST   STATE      TOOK  REASON
build-image  web:latest          web-1  succeeded  3.1s  images/web/Dockerfile changed
push-config  staging-shop-web-1  web-1  succeeded  84ms  nginx.conf changed
`,
  );
});
