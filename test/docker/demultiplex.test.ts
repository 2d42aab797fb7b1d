import test from 'ava';
import fc from 'fast-check';
import { createDemultiplexer } from '../../src/docker/demultiplex.ts';

const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 50 })));

function encode(stream: number, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

test('Both outputs arrive whole and apart however the connection cuts them', (t) => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 30 }), (sent, size) => {
      const wire = Buffer.concat(sent.map(([stream, bytes]) => encode(stream, bytes)));
      const demultiplex = createDemultiplexer();
      const received: Record<number, Buffer[]> = { 1: [], 2: [] };
      for (let at = 0; at < wire.length; at += size) {
        for (const { stream, bytes } of demultiplex(wire.subarray(at, at + size))) received[stream]?.push(bytes);
      }
      for (const wanted of [1, 2]) {
        const expected = Buffer.concat(sent.filter(([stream]) => stream === wanted).map(([, bytes]) => bytes));
        t.deepEqual(Buffer.concat(received[wanted] ?? []), expected);
      }
    }),
  );
});

test('What is there of a frame is handed on at once', (t) => {
  const demultiplex = createDemultiplexer();
  const frame = encode(2, Buffer.from('slow line'));
  t.deepEqual(demultiplex(frame.subarray(0, 12)), [{ stream: 2, bytes: Buffer.from('slow') }]);
  t.deepEqual(demultiplex(frame.subarray(12)), [{ stream: 2, bytes: Buffer.from(' line') }]);
});
