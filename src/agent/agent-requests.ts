import { Readable } from 'node:stream';
import type { Installer } from '../configpush/installer.ts';
import type { Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { Examination } from '../model/examination.ts';
import type { AgentRequest } from '../queue/agent-jobs.ts';

export interface AgentRequestsDependencies {
  readonly engine: Engine;
  readonly installer: Pick<Installer, 'read'>;
  readonly prune: (request: Extract<AgentRequest, { readonly kind: 'prune' }>) => Promise<void>;
  /** Looks at this machine, for doctor. */
  readonly examine: (signal: AbortSignal) => Promise<Examination>;
  /** Resolves once the inventory has what was pulled. */
  readonly pull: (reference: string, signal: AbortSignal) => Promise<void>;
  readonly deliver: (stream: string, bytes: Readable) => Promise<void>;
}

/** What the controller asks of an agent besides steps. What it has to show (logs, images, files) goes to a stream of the controller. */
export function createAgentRequests({
  engine,
  installer,
  prune,
  examine,
  pull,
  deliver,
}: AgentRequestsDependencies): (request: AgentRequest, context: { readonly signal: AbortSignal }) => Promise<void> {
  return async (request, { signal }) => {
    switch (request.kind) {
      case 'answer':
        return void (await engine.info());
      case 'examine':
        return deliver(request.stream, Readable.from([JSON.stringify(await examine(signal))]));
      case 'stream-logs': {
        const { container, follow, tail } = request;
        return deliver(request.stream, await engine.containerLogs(container, { follow, tail, signal }));
      }
      case 'pull-image':
        return pull(request.reference, signal);
      case 'export-image':
        return deliver(request.stream, await engine.saveImage(request.reference));
      case 'read-file': {
        const files: Record<string, string | { readonly unread: string }> = {};
        for (const target of request.targets) {
          const file = await installer.read(request.container, target).catch((error: unknown) => ({ unread: messageOf(error) }));
          if (file) files[target] = 'unread' in file ? file : Buffer.from(file.bytes).toString('base64');
        }
        return deliver(request.stream, Readable.from([JSON.stringify(files)]));
      }
      case 'prune':
        return prune(request);
    }
  };
}
