import type Docker from 'dockerode';
import { type Client, containerPart } from './client.ts';
import type { Engine } from './engine.ts';
import { accepting, engineStatus, orUndefined } from './errors.ts';

type ContainerCalls = Pick<
  Engine,
  | 'listContainers'
  | 'inspectContainer'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'restartContainer'
  | 'removeContainer'
  | 'renameContainer'
  | 'waitContainer'
>;

/** The engine's calls that list, make, run and remove containers. */
export function containerCalls(client: Client): ContainerCalls {
  const call = <T>(what: string, id: string, send: (container: Docker.Container) => Promise<T>, signal?: AbortSignal): Promise<T> =>
    client.ask(`${what} container ${id}`, () => send(client.docker.getContainer(containerPart(id))), signal);
  const timeout = (seconds: number | undefined) => (seconds === undefined ? {} : { t: seconds });
  return {
    listContainers: (labels) =>
      client.ask('list containers', () => client.docker.listContainers({ all: true, filters: { label: [...labels] } })),
    inspectContainer: (id) => orUndefined(call('inspect', id, (container) => container.inspect())),
    createContainer: async ({ name, platform, ...body }) => {
      // Left to itself dockerode repeats the whole specification, secrets of the environment included, in the URL.
      const options: object = { _query: { ...(name !== undefined && { name }), ...(platform !== undefined && { platform }) }, _body: body };
      const created = await client.ask(`create container ${name ?? ''}`.trimEnd(), () => client.docker.createContainer(options));
      return created.id;
    },
    startContainer: (id) =>
      accepting(
        [304],
        call('start', id, (container) => container.start()),
      ),
    stopContainer: (id, seconds) =>
      accepting(
        [304, 404],
        call('stop', id, (container) => container.stop(timeout(seconds))),
      ),
    restartContainer: async (id, seconds) => {
      await call('restart', id, (container) => container.restart(timeout(seconds)));
    },
    removeContainer: async (id, { force = false, volumes = false } = {}) => {
      const removal = call('remove', id, (container) => container.remove({ force, v: volumes }));
      try {
        await accepting([404], removal);
      } catch (error) {
        if (engineStatus(error) !== 409 || !/already in progress/.test(String(error))) throw error;
        await accepting(
          [404],
          call('await the removal of', id, (container) => container.wait({ condition: 'removed' })),
        );
      }
    },
    renameContainer: (id, name) => call('rename', id, (container) => container.rename({ name })),
    waitContainer: async (id, signal) => {
      const options = signal ? { abortSignal: signal } : {};
      const answer: { StatusCode: number } = await call('wait for', id, (container) => container.wait(options), signal);
      return answer.StatusCode;
    },
  };
}
