import { createReadStream } from 'node:fs';
import type Docker from 'dockerode';
import { debianTar } from './machine.ts';

/** What the example's images are built on. */
export const debianImage = 'debian:bookworm';

/** Loads `debianTar` into an engine as that image, for engines that no registry answers. */
export async function importDebian(docker: Docker, say: (line: string) => void): Promise<void> {
  const [repo = '', tag = ''] = debianImage.split(':');
  const changes = ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
  const tar = createReadStream(await debianTar(say));
  const progress: unknown = await docker.importImage(tar as never, { repo, tag, changes } as never);
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress as NodeJS.ReadableStream, (error) => (error ? reject(error) : resolve()));
  });
}
