import type { Readable } from 'node:stream';
import { type Client, imagePart, sending } from './client.ts';
import type { Engine } from './engine.ts';
import { accepting, EngineError, orUndefined } from './errors.ts';
import { progressOf, readProgress } from './progress.ts';

type ImageCalls = Pick<Engine, 'listImages' | 'inspectImage' | 'tagImage' | 'removeImage' | 'saveImage' | 'loadImage'>;

/** The engine's calls for images it has. Removing one that is gone is well. */
export function imageCalls(client: Client): ImageCalls {
  const { docker } = client;
  const image = (reference: string) => docker.getImage(imagePart(reference));
  return {
    listImages: () => client.ask('list images', () => docker.listImages()),
    inspectImage: (reference) => orUndefined(client.ask(`inspect image ${reference}`, () => image(reference).inspect())),
    tagImage: async (id, repository, tag) => {
      await client.ask(`tag image ${id} as ${repository}:${tag}`, () => image(id).tag({ repo: repository, tag }));
    },
    removeImage: (reference) =>
      accepting(
        [404],
        client.ask(`remove image ${reference}`, () => image(reference).remove()),
      ),
    saveImage: async (reference) => (await client.ask(`save image ${reference}`, () => image(reference).get())) as Readable,
    loadImage: (tar) =>
      sending(tar, (body) =>
        client.ask('load an image', async () => {
          const answer = (await docker.loadImage(body, { quiet: true })) as Readable;
          await readProgress(progressOf(docker), answer, ({ error }) => {
            if (error !== undefined) throw new EngineError(`load an image: ${error}`);
          });
        }),
      ),
  };
}
