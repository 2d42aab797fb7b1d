import { type Client, modemOf } from './client.ts';

/** `keep-storage` up to API 1.47, `reserved-space` since; dockerode's own call has neither. */
export async function pruneBuildCache(client: Client, keepBytes: number): Promise<void> {
  const options = {
    path: '/build/prune?',
    method: 'POST',
    options: { _query: { 'keep-storage': keepBytes, 'reserved-space': keepBytes }, _body: {} },
    statusCodes: { 200: true },
  };
  const dial = () =>
    new Promise<void>((resolve, reject) => {
      modemOf(client.docker).dial(options, (error) => (error ? reject(error) : resolve()));
    });
  await client.ask('prune the cache of builds', dial);
}
