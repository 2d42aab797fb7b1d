import { z } from 'zod';

/** What is to be seen of a machine's engine and disks. An agent reports it of its host, hence schemas. */
const engineFacts = z.discriminatedUnion('state', [
  z.object({ state: z.literal('away'), endpoint: z.string(), reason: z.string() }),
  z.object({
    state: z.literal('there'),
    endpoint: z.string(),
    version: z.string(),
    apiVersion: z.string(),
    os: z.string(),
    /** The storage driver. */
    storage: z.string(),
    /** What a trial build of an empty image came to; undefined: it was built and removed. */
    buildError: z.string().optional(),
  }),
]);
export type EngineFacts = Readonly<z.infer<typeof engineFacts>>;

const diskFacts = z.object({
  /** `the state directory`, `the engine's storage`. */
  what: z.string(),
  path: z.string(),
  /** Bytes; undefined where it cannot be looked at from here. */
  free: z.number().optional(),
  total: z.number().optional(),
  /** Why nothing can be written there; undefined: something can, or it is not windlass's to write to. */
  writeError: z.string().optional(),
});
export type DiskFacts = Readonly<z.infer<typeof diskFacts>>;

export const examination = z.object({
  /** windlass's. */
  version: z.string(),
  /** Epoch milliseconds of the machine's own clock. */
  now: z.number(),
  engine: engineFacts,
  disks: z.array(diskFacts),
});
export type Examination = Readonly<z.infer<typeof examination>>;
