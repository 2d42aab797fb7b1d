import type { Readable } from 'node:stream';
import { z } from 'zod';
import { type Client, containerPart, sending } from './client.ts';
import type { Engine } from './engine.ts';
import { EngineError, engineStatus, orUndefined } from './errors.ts';

type ArchiveCalls = Pick<Engine, 'putArchive' | 'getArchive' | 'statArchive'>;

const pathStat = z.object({ name: z.string(), size: z.number(), mode: z.number(), mtime: z.string(), linkTarget: z.string() });

/** The engine's calls that copy files into and out of a container. */
export function archiveCalls(client: Client): ArchiveCalls {
  const container = (id: string) => client.docker.getContainer(containerPart(id));
  const put = (id: string, body: Readable | Buffer, path: string) =>
    // Without noOverwriteDirNonDir the engine replaces a folder by a file of its name; engines before 29.5.1 decompress
    // with a program of the container's (CVE-2026-41567), hence never anything compressed.
    client.ask(`copy files into container ${id}`, () =>
      container(id).putArchive(body as NodeJS.ReadableStream, { path, noOverwriteDirNonDir: '1' }),
    );
  return {
    putArchive: async (id, tar, path = '/') => {
      if (Buffer.isBuffer(tar)) await put(id, tar, path);
      else await sending(tar, (body) => put(id, body, path));
    },
    getArchive: async (id, path) => {
      try {
        const stream = await client.ask(`copy ${path} out of container ${id}`, () => container(id).getArchive({ path }));
        return stream as Readable;
      } catch (error) {
        // The engine answers 404 for both; a container that is not there is not a missing path.
        if (engineStatus(error) === 404 && !/no such container/i.test(String(error))) return undefined;
        throw error;
      }
    },
    statArchive: async (id, path) => {
      const answer = await orUndefined(client.ask(`look at ${path} in container ${id}`, () => container(id).infoArchive({ path })));
      if (!answer) return undefined;
      answer.resume();
      return readStat(answer.headers['x-docker-container-path-stat'], path);
    },
  };
}

function readStat(header: unknown, path: string): z.infer<typeof pathStat> {
  const parsed = pathStat.safeParse(typeof header === 'string' ? JSON.parse(Buffer.from(header, 'base64').toString()) : undefined);
  if (!parsed.success) throw new EngineError(`look at ${path}: the engine's answer has no x-docker-container-path-stat`);
  return parsed.data;
}
