import type { Request } from 'express';

/** Reads bodies as they are, within bounds. */
export interface BodyReader {
  /** The bytes, or the status to answer instead. The rest of a refused body is not read. */
  read(request: Request): Promise<Uint8Array | 413 | 415 | 503>;
}

interface Options {
  readonly mostBodyBytes: number;
  /** Of all bodies that are being read, by what has arrived of them: what a client only announces costs nothing. */
  readonly mostBytesInFlight: number;
}

export function createBodyReader({ mostBodyBytes, mostBytesInFlight }: Options): BodyReader {
  let inFlight = 0;
  return {
    read: async (request) => {
      if (!readable(request)) return 415;
      if (Number(request.headers['content-length'] ?? 0) > mostBodyBytes) return 413;
      const chunks: Buffer[] = [];
      let bytes = 0;
      try {
        for await (const chunk of request.iterator({ destroyOnReturn: false })) {
          bytes += chunk.length;
          inFlight += chunk.length;
          if (bytes > mostBodyBytes) return 413;
          if (inFlight > mostBytesInFlight) return 503;
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      } finally {
        inFlight -= bytes;
      }
    },
  };
}

/** JSON in UTF-8 and nothing around it: no Git host compresses, and a form would need a parser before the proof. */
function readable({ headers }: Request): boolean {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return false;
  return /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(headers['content-type'] ?? '');
}
