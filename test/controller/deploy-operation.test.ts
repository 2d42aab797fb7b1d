import test from 'ava';
import { createDeployOperation } from '../../src/controller/deploy-operation.ts';
import type { PersonDependencies } from '../../src/controller/person-operations.ts';

const [known, pushed] = ['a'.repeat(40), 'b'.repeat(40)];

/** An environment known at one commit while another has been pushed: what a deploy does there, in order. */
function world() {
  const done: string[] = [];
  let revision = { commit: known, sources: {} };
  const { deploy } = createDeployOperation({
    environments: { require: () => undefined },
    refresh: async () => {
      revision = { commit: pushed, sources: {} };
      done.push('fetched');
    },
    question: () => ({ revision }),
    appsOf: () => ['shop'],
    remembered: { release: async (target: string, { commit }: { commit: string }) => void done.push(`${target} released at ${commit[0]}`) },
    controls: { read: async () => ({}) },
    fetchAlone: async (_: unknown, fetch: () => Promise<unknown>) => fetch(),
    underWay: { get: () => undefined },
    chosen: async () => ({ wanted: revision }),
    raise: async (_: string, app: string) => void done.push(`${app} raised`),
    wakeBuilds: async () => void done.push('builds woken'),
  } as unknown as PersonDependencies);
  return { done, deploy: (removals?: string) => deploy({ environment: 'production', ...(removals === undefined ? {} : { removals }) }) };
}

test('a deploy fetches first, and releases the removals of what it has fetched', async (t) => {
  const { done, deploy } = world();
  await deploy('newest');
  t.deepEqual(done, ['fetched', 'app:production/shop released at b', 'shop raised', 'builds woken']);
});

test('who has agreed to a plan that a push has overtaken is told so, and nothing is deployed', async (t) => {
  const { done, deploy } = world();
  await t.throwsAsync(deploy(known), { message: /production is at commit b+ by now, not a+: look at its plan again/ });
  t.deepEqual(done, ['fetched']);
  await deploy(pushed);
  t.deepEqual(done.slice(1), ['fetched', 'app:production/shop released at b', 'shop raised', 'builds woken']);
});

test('a deploy without an agreement releases no removals', async (t) => {
  const { done, deploy } = world();
  await deploy();
  t.deepEqual(done, ['fetched', 'shop raised', 'builds woken']);
});
