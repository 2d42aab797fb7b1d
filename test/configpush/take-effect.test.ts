import test from 'ava';
import type { Push } from '../../src/configpush/install.ts';
import { confirmed } from '../../src/configpush/take-effect.ts';
import type { ContainerInspect } from '../../src/docker/engine.ts';
import type { PushConfigStep } from '../../src/model/step.ts';
import { unheard } from '../../src/model/step-progress.ts';

const container = { RestartCount: 0, Config: {}, State: { Running: true, StartedAt: 't0' } } as unknown as ContainerInspect;
const dead = { ...container, State: { Running: false, ExitCode: 3, StartedAt: 't0' } } as unknown as ContainerInspect;

/** What becomes of a push whose process dies 3 s after it was signalled, by a clock that goes on by half a second with each look at it. */
function watched(step: Partial<PushConfigStep>) {
  let time = 0;
  const push = {
    engine: { inspectContainer: async () => (time > 3000 ? dead : container) },
    now: () => (time += 500),
    container,
    step: { action: { kind: 'signal', signal: 'HUP' }, verify: [], monitorMs: 5000, ...step },
    progress: unheard,
  } as unknown as Push;
  return confirmed(push, container);
}

test('a process that goes on is watched for as long as `monitor` says', async (t) => {
  t.deepEqual(await watched({ watchMs: 5000 }), { reason: 'the process ended with exit status 3' });
  t.is(await watched({ watchMs: 2000 }), undefined);
});

test('where nothing says how long, it is watched until it is plain that it lives', async (t) => {
  t.is(await watched({}), undefined);
});
