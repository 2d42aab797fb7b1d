import { type Readable, Transform } from 'node:stream';
import { type Client, containerPart } from './client.ts';
import { createDemultiplexer } from './demultiplex.ts';
import type { Engine } from './engine.ts';

type LogOptions = NonNullable<Parameters<Engine['containerLogs']>[1]>;

/** Both outputs of a container in their order; ends, without an error, at the signal. */
export async function containerLogs(client: Client, id: string, options: LogOptions = {}): Promise<Readable> {
  const { follow = false, tail, timestamps = false, signal } = options;
  const container = containerPart(id);
  const what = `read the logs of container ${id}`;
  const { Config } = await client.ask(what, () => client.docker.getContainer(container).inspect(), signal);
  const query = { stdout: true, stderr: true, follow, timestamps, ...(tail === undefined ? {} : { tail }) };
  const answer = await client.open(what, `/containers/${container}/logs`, query, signal);
  const output = Config.Tty ? passing() : demultiplexing();
  output.once('close', () => answer.destroy());
  answer.once('error', (error) => (signal?.aborted ? output.end() : output.destroy(error)));
  answer.pipe(output);
  return output;
}

function demultiplexing(): Transform {
  const demultiplex = createDemultiplexer();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (const { bytes } of demultiplex(chunk)) this.push(bytes);
      done();
    },
  });
}

/** A terminal has one output, which comes as it is. */
function passing(): Transform {
  return new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
}
