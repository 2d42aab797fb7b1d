import { z } from 'zod';
import { contentHash } from './names.ts';

/**
 * A step: one thing an agent is asked to do, as a job on its host's queue. A step says all that the agent needs;
 * contents of files are fetched by hash. Doing it twice is doing it once.
 */
const argv = z.array(z.string()).min(1);

const action = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('signal'), signal: z.string().regex(/^[A-Z0-9+]{1,12}$/), process: z.string().optional() }),
  z.object({ kind: z.literal('exec'), argv }),
  /** `name` is the script's path in the repository, `hash` its content's. */
  z.object({ kind: z.literal('script'), name: z.string(), hash: contentHash }),
  z.object({ kind: z.literal('restart') }),
]);
export type StepAction = z.infer<typeof action>;

const tried = { withinMs: z.number(), retries: z.number().int().optional() };
const verify = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('http'), url: z.string(), status: z.number().int(), body: z.string().optional(), ...tried }),
  z.object({ kind: z.literal('tcp'), port: z.number().int(), ...tried }),
  z.object({ kind: z.literal('exec'), argv, ...tried }),
]);
export type StepVerify = z.infer<typeof verify>;

export const fileToInstall = z.object({
  source: z.string(),
  target: z.string().startsWith('/'),
  hash: contentHash,
  size: z.number().int().nonnegative(),
  mode: z.number().int(),
  uid: z.number().int().nonnegative(),
  gid: z.number().int().nonnegative(),
  /** Its template, and the hash of the map from its lines to the template's (model/line-map.ts); without one they are the same. */
  origin: z.object({ file: z.string(), lines: contentHash.optional() }).optional(),
});
export type FileToInstall = Readonly<z.infer<typeof fileToInstall>>;

/** What a recreate makes; the shapes are model/application.ts's, checked when they were read from the repository. */
const containerToCreate = z.object({
  spec: z.custom<import('./application.ts').ContainerSpec>((value) => typeof value === 'object' && value !== null),
  /** All labels, windlass's and Compose's own included. */
  labels: z.record(z.string(), z.string()),
  /**
   * What to create it from: a pinned tag that the agent fetches from the controller, or a reference that the engine pulls, unless it has
   * one of the images of these ids.
   */
  image: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('built'), reference: z.string(), id: z.string() }),
    z.object({
      kind: z.literal('external'),
      reference: z.string(),
      pull: z.enum(['missing', 'always', 'never']),
      ids: z.array(z.string()).optional(),
    }),
  ]),
  files: z.array(fileToInstall),
  /** Checks that run in a shadow before the container is made; argv without `{{staged}}` placeholders left. */
  checks: z.array(argv),
  networks: z.array(
    z.object({
      name: z.string(),
      driver: z.string().optional(),
      internal: z.boolean(),
      labels: z.record(z.string(), z.string()),
      external: z.boolean(),
      driverOptions: z.record(z.string(), z.string()).optional(),
      attachable: z.boolean().optional(),
      ipv6: z.boolean().optional(),
      ipam: z.custom<import('./networks-and-volumes.ts').Ipam>((value) => typeof value === 'object' && value !== null).optional(),
    }),
  ),
  volumes: z.array(
    z.object({
      name: z.string(),
      driver: z.string().optional(),
      driverOptions: z.record(z.string(), z.string()),
      labels: z.record(z.string(), z.string()),
      external: z.boolean(),
    }),
  ),
  /** How long a container without a healthcheck must stay up to count as ready. */
  monitorMs: z.number().int(),
});
export type ContainerToCreate = Readonly<z.infer<typeof containerToCreate>>;

const common = {
  /** What people call it: the container's final name, the image's `name:tag`. */
  name: z.string(),
  host: z.string(),
  reason: z.string(),
};

/**
 * A container of a Compose project that becomes an application's own: checked, renamed and noted down before anything else is done to it.
 */
const claim = z.object({
  container: z.string(),
  project: z.string(),
  /** Its name from then on. */
  name: z.string(),
  /** Those that say whose it is; the engine cannot change a container's labels, so the agent keeps them. */
  labels: z.record(z.string(), z.string()),
});
export type Claim = Readonly<z.infer<typeof claim>>;

/** Of every step that touches containers which are not windlass's yet. */
const claims = z.array(claim).optional();

/** Takes over a container that Compose started and that is as it should be: nothing of it changes but its name. */
export const adoptContainerStep = z.object({ ...common, kind: z.literal('adopt-container'), claims });

export const buildImageStep = z.object({
  ...common,
  kind: z.literal('build-image'),
  inputs: z.string().regex(/^[0-9a-f]{64}$/),
  /** Both are set on the result: `name:tag` and the pinned one. */
  tags: z.array(z.string()).min(1),
  context: z.object({ source: z.string(), commit: z.string(), folder: z.string() }),
  dockerfile: z.string(),
  args: z.record(z.string(), z.string()),
  target: z.string().optional(),
  network: z.string().optional(),
  settings: z
    .object({
      labels: z.record(z.string(), z.string()).optional(),
      cacheFrom: z.array(z.string()).optional(),
      shmSizeBytes: z.number().int().optional(),
      extraHosts: z.array(z.string()).optional(),
      platform: z.string().optional(),
    })
    .optional(),
});

export const recreateContainerStep = z.object({
  ...common,
  kind: z.literal('recreate-container'),
  /**
   * `create`: there is none. `start-first`: a candidate beside the old one, which a later remove-container retires.
   * `stop-first`: the old one stops, and starts again if the new one fails. `start`: it is right, only not running.
   */
  order: z.enum(['create', 'start-first', 'stop-first', 'start']),
  container: containerToCreate,
  claims,
  /** The engine's id of the one to replace or start. */
  current: z.string().optional(),
});

export const pushConfigStep = z.object({
  ...common,
  kind: z.literal('push-config'),
  container: z.string(),
  /** Those to install; `unchanged` are in place already and only their hash is given, so that loaded can catch up. */
  files: z.array(fileToInstall),
  remove: z.array(z.string()),
  /** Each with the sources it concerns; argv may hold `{{staged}}` and `{{staged:SOURCE}}`. */
  checks: z.array(z.object({ argv, sources: z.array(z.string()) })),
  /** Complete set of files of the container, for a check in a shadow. */
  all: z.array(fileToInstall),
  action,
  verify: z.array(verify),
  /**
   * How long its container is watched once it was started anew, and how long where it goes on; undefined: until it is plain that it does.
   */
  monitorMs: z.number().int(),
  watchMs: z.number().int().optional(),
  /** Of a container that windlass did not make: how it was seen. One that is stopped gets its files before it starts. */
  stranger: z.enum(['running', 'stopped']).optional(),
  /** Targets of files that its process loads when somebody starts it anew, for nothing is done to it beside. */
  atStart: z.array(z.string()).optional(),
});

export const removeContainerStep = z.object({
  ...common,
  kind: z.literal('remove-container'),
  claims,
  /** The engine's ids. */
  remove: z.array(z.string()),
  drainMs: z.number().int(),
  /** The candidate that takes over the final name. */
  rename: z.object({ container: z.string(), to: z.string() }).optional(),
});

export const runJobStep = z.object({
  ...common,
  kind: z.literal('run-job'),
  claims,
  container: containerToCreate,
  /** Ids of earlier runs, removed first. */
  previous: z.array(z.string()),
});

export const step = z.discriminatedUnion('kind', [
  adoptContainerStep,
  buildImageStep,
  recreateContainerStep,
  pushConfigStep,
  removeContainerStep,
  runJobStep,
]);
export type Step = Readonly<z.infer<typeof step>>;
export type StepKind = Step['kind'];
export type AdoptContainerStep = Readonly<z.infer<typeof adoptContainerStep>>;
export type BuildImageStep = Readonly<z.infer<typeof buildImageStep>>;
export type RecreateContainerStep = Readonly<z.infer<typeof recreateContainerStep>>;
export type PushConfigStep = Readonly<z.infer<typeof pushConfigStep>>;
export type RemoveContainerStep = Readonly<z.infer<typeof removeContainerStep>>;
export type RunJobStep = Readonly<z.infer<typeof runJobStep>>;

/** A step's place in the order of runs: an agent refuses one that is older than the newest it has seen for the target. */
export const fence = z.object({ target: z.string(), token: z.number().int() });
export type Fence = Readonly<z.infer<typeof fence>>;

/** What an agent answers. A failure that changed nothing is `undone: false` with `changed: false`. */
export const stepResult = z.object({
  ok: z.boolean(),
  /** Nothing was to do. */
  skipped: z.boolean().optional(),
  ms: z.number(),
  error: z.object({ code: z.string(), message: z.string(), output: z.string().optional() }).optional(),
  /** Its files were accepted, and it was told to leave everything as it was. */
  released: z.boolean().optional(),
  /** The step failed after a change, and the change was taken back. */
  undone: z.boolean().optional(),
});
export type StepResult = Readonly<z.infer<typeof stepResult>>;
