import type { Readable } from 'node:stream';
import { type Client, imagePart } from './client.ts';
import { EngineError } from './errors.ts';
import { progressOf, readProgress } from './progress.ts';
import { registryAuth } from './registry-auth.ts';

/** Pulls one tag or digest (`latest` where none is named); each line of progress once. */
export async function pullImage(client: Client, reference: string, onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const what = `pull image ${reference}`;
  const auth = await registryAuth(client.endpoint.configFile, reference);
  // A reference without a tag would pull every tag there is.
  const fromImage = /[:@][^/]*$/.test(imagePart(reference)) ? reference : `${reference}:latest`;
  const shown = new Set<string>();
  await client.ask(
    what,
    async () => {
      const stream = (await client.docker.createImage(auth ?? {}, { fromImage, ...(signal ? { abortSignal: signal } : {}) })) as Readable;
      await readProgress(progressOf(client.docker), stream, ({ error, id, status, progressDetail }) => {
        if (error !== undefined) throw new EngineError(`${what}: ${error}`);
        const line = id === undefined ? status : `${id}: ${status}`;
        if (status === undefined || line === undefined || progressDetail?.total !== undefined || shown.has(line)) return;
        shown.add(line);
        onLine(line);
      });
    },
    signal,
  );
}
