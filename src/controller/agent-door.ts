import type { AgentDoor } from '../api/operations.ts';
import type { StreamHub } from '../api/stream-hub.ts';
import { createContextTar } from '../imagebuild/context-tar.ts';
import type { InventoryStore } from '../inventory/store.ts';
import type { StepQueue } from '../queue/steps.ts';
import type { Revisions, TreeReader } from '../workers/revisions.ts';
import { openAgentStream } from './agent-streams.ts';
import type { ContentStore } from './content-store.ts';

export interface AgentDoorDependencies {
  readonly contents: ContentStore;
  readonly revisions: Pick<Revisions, 'buildContext'>;
  readonly trees: TreeReader;
  readonly inventory: InventoryStore;
  readonly steps: StepQueue;
  readonly hub: StreamHub;
}

/** What agents fetch: contexts out of Git, config files out of memory, images out of the host that built them. */
export function createAgentDoor({ contents, revisions, trees, inventory, steps, hub }: AgentDoorDependencies): AgentDoor {
  return {
    buildContext: async (inputs) => {
      const image = revisions.buildContext(inputs);
      if (!image) return undefined;
      return createContextTar({
        entries: await trees.tree(image.source, image.commit),
        read: (oid) => trees.read(image.source, oid),
        folder: image.context,
        dockerfile: image.dockerfile,
        rewrittenDockerfile: image.rewrittenDockerfile,
        // With one time for all, a web server would give an edited file of the same length the same ETag.
        mtime: await trees.committedAt(image.source, image.commit),
      });
    },
    content: async (hash) => contents.get(hash),
    image: async (reference, signal) => {
      const hosts = await inventory.readHosts();
      const holder = hosts.find(({ state, images }) => state === 'ready' && images.some(({ tags }) => tags.includes(reference)));
      return holder && openAgentStream(hub, steps, holder.name, { kind: 'export-image', reference }, signal);
    },
    deliver: (id, upload) => hub.deliver(id, upload),
  };
}
