import { z } from 'zod';
import { observedContainer } from './observed.ts';
import { ownerAndMode } from './owner-and-mode.ts';

/** What an agent reports of its host and containers. Entered by agents, hence schemas. */
export const installedFile = z.object({
  /** Hash of the bytes in the container. */
  installed: z.string(),
  /** Hash of the bytes that the process has loaded. */
  loaded: z.string(),
  /** What it was declared with when it was put there; absent where nobody noted it. */
  declared: ownerAndMode.optional(),
  /** It was put there while the container was down: no verification has seen it in effect. */
  unverified: z.literal(true).optional(),
  /** Somebody else has changed it since windlass put `from` there, for the so-manieth time; `due`: it need not wait for its repair. */
  drift: z.object({ from: z.string(), times: z.number().int(), due: z.boolean() }).optional(),
});
export type InstalledFile = Readonly<z.infer<typeof installedFile>>;

export const containerRecord = z.object({
  id: z.string(),
  name: z.string(),
  environment: z.string(),
  app: z.string(),
  service: z.string(),
  index: z.number().int(),
  /** Label `windlass.spec`; absent: a stranger. */
  spec: z.string().optional(),
  state: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
  exitCode: z.number().int().optional(),
  /** It was running when its engine went down, and has not been started since. */
  wentDown: z.literal(true).optional(),
  health: z.enum(['healthy', 'unhealthy', 'starting', 'none']),
  /** Healthy; or, without a healthcheck, running past the wait that its step prescribed. */
  ready: z.boolean(),
  imageId: z.string(),
  image: z.string(),
  /** RFC 3339; empty before the first start. */
  startedAt: z.string(),
  restartCount: z.number().int(),
  labels: z.record(z.string(), z.string()),
  /** By the engine's network name. */
  networks: z.record(z.string(), z.object({ ip: z.string() })),
  ports: z.array(
    z.object({ target: z.number().int(), protocol: z.string(), published: z.number().int().optional(), hostIp: z.string().optional() }),
  ),
  /** By target. */
  configs: z.record(z.string(), installedFile),
  /** Of a container that Compose made: what it is, for no label of it says so. */
  observed: observedContainer.optional(),
});
export type ContainerRecord = Readonly<z.infer<typeof containerRecord>>;

/** Whether it has the labels of a service and was not made by windlass, nor taken over. */
export const isStranger = ({ spec }: Pick<ContainerRecord, 'spec'>): boolean => spec === undefined;

/** A container of a Compose project that belongs to no application; one that adopts the project may take it over. */
export const composeContainer = containerRecord
  .omit({ environment: true, app: true, index: true, spec: true, configs: true })
  .extend({ project: z.string(), number: z.number().int(), observed: observedContainer });
export type ComposeContainer = Readonly<z.infer<typeof composeContainer>>;

export const imageRecord = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  /** Label `windlass.inputs` of an image that windlass built. */
  inputs: z.string().optional(),
});
export type ImageRecord = Readonly<z.infer<typeof imageRecord>>;

export const hostFacts = z.object({
  name: z.string(),
  /** Where other hosts reach it. */
  address: z.string(),
  labels: z.record(z.string(), z.string()),
  cpus: z.number(),
  /** Bytes. */
  memory: z.number(),
  /** The engine's version. */
  engine: z.string(),
  /** One agent process; a new one has a new session. */
  session: z.string(),
});
export type HostFacts = Readonly<z.infer<typeof hostFacts>>;

/** How an agent's process was between its last two signs of life. */
export const hostVitals = z.object({
  /** Of windlass. */
  version: z.string(),
  residentBytes: z.number(),
  /** The longest that its event loop was held up. */
  lagSeconds: z.number(),
});
export type HostVitals = Readonly<z.infer<typeof hostVitals>>;

export interface HostRecord extends HostFacts {
  readonly state: 'ready' | 'lost';
  /** Epoch milliseconds of the agent's last sign of life. */
  readonly lastSeen: number;
  /** Epoch milliseconds of its first report, or of the first after it was forgotten; 0: not known. */
  readonly joined: number;
  readonly containers: readonly ContainerRecord[];
  /** What Compose started and no application has taken over. */
  readonly compose: readonly ComposeContainer[];
  readonly images: readonly ImageRecord[];
  /** How its networks and volumes were declared when windlass made them: a hash by `network NAME` or `volume NAME`. */
  readonly declared?: Readonly<Record<string, string>>;
  /** Absent: it has not told yet. */
  readonly vitals?: HostVitals;
}
