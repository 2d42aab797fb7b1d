/** A chunk of the engine's multiplexed output: 1 is stdout, 2 stderr. */
export interface OutputChunk {
  readonly stream: number;
  readonly bytes: Buffer;
}

/**
 * Splits the engine's multiplexed output: 8 bytes of header (the stream, three zeros, a big-endian length), then the bytes.
 * Fed with chunks as they arrive; what is there of an unfinished frame is handed on at once.
 */
export function createDemultiplexer(): (chunk: Buffer) => OutputChunk[] {
  let header = Buffer.alloc(0);
  let stream = 0;
  let missing = 0;
  return (chunk) => {
    const chunks: OutputChunk[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (missing === 0) {
        const wanted = 8 - header.length;
        header = Buffer.concat([header, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (header.length < 8) break;
        stream = header.readUInt8(0);
        missing = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const bytes = rest.subarray(0, missing);
      chunks.push({ stream, bytes });
      missing -= bytes.length;
      rest = rest.subarray(bytes.length);
    }
    return chunks;
  };
}
