import { pipeline, type Readable, Transform } from 'node:stream';
import { mask } from '../secret.ts';
import { textsOf } from './masked-log.ts';

/** A line that goes on for longer is passed on in pieces. */
const longestHeld = 64 * 1024;

/** What a container printed, without secrets: line by line as they come, other bytes as they are. */
export function maskedStream(stream: Readable, secrets: readonly string[]): Readable {
  // Byte for byte, whatever the encoding of a container's output.
  const texts = textsOf(secrets).map((text) => Buffer.from(text).toString('latin1'));
  if (texts.length === 0) return stream;
  const longest = Math.max(...texts.map((text) => text.length));
  let held = '';
  const take = (end: number): Buffer => {
    const line = held.slice(0, end);
    held = held.slice(end);
    return Buffer.from(mask(line, texts), 'latin1');
  };
  const masking = new Transform({
    transform(chunk: Buffer, _, done) {
      held += chunk.toString('latin1');
      const whole = take(held.lastIndexOf('\n') + 1);
      if (held.length <= longestHeld + longest) return done(null, whole);
      // What may be the beginning of a secret waits for its end.
      held = mask(held, texts);
      done(null, Buffer.concat([whole, take(held.length - longest)]));
    },
    flush: (done) => done(null, take(held.length)),
  });
  // Whoever reads hears of it by the stream's own end; without a listener it would take the process down.
  masking.on('error', () => {});
  return pipeline(stream, masking, () => {});
}
