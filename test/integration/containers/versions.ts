import { aContainer } from '../../containers/a-container.ts';
import { signal, type World } from './world.ts';

type Over = Parameters<typeof aContainer>[0];

/** Runs until it is asked to stop. */
export const serving = { command: ['sh', '-c', 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'] };

/** The same with a healthcheck: a line for the shell. */
export const checkedWith = (test: string, retries = 2) => ({
  ...serving,
  healthcheck: { test: ['CMD-SHELL', test], intervalMs: 100, timeoutMs: 30_000, startPeriodMs: 0, retries },
});

/** Makes a container of version one with a file, running under the name; its id. */
export async function anOld(world: World, name: string, over: Over = {}): Promise<string> {
  const container = aContainer({ spec: serving, files: [world.file('/etc/app.conf', 'one')], ...over });
  const result = await world.agent().recreate(world.step('create', name, container), signal);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return (await world.inspect(name))?.Id ?? '';
}

/** What is to take its place: version two, with another content of the file. */
export const aNew = (world: World, over: Over = {}) =>
  aContainer({ version: 'two', spec: serving, files: [world.file('/etc/app.conf', 'two')], ...over });
