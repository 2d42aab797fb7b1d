import type { Readable, Writable } from 'node:stream';

/** What a command has of the process. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /**
   * Aborted by the first SIGINT or SIGTERM from the first call on; a second one ends the process. Until then signals do what they always
   * do.
   */
  interrupted(): AbortSignal;
}

/** `columns` and `rows` are a terminal's size. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
