import { z } from 'zod';
import { pulledImages } from './deployment.ts';
import type { Environment, Root } from './root.ts';
import { reach } from './scope.ts';

/** One state of everything an environment is made from: the repository's commit and each source's. */
export const revision = z.object({ commit: z.string(), sources: z.record(z.string(), z.string()) }).readonly();
export type Revision = Readonly<z.infer<typeof revision>>;

/** What windlass.yaml at HEAD says of an environment; read and checked when it was stored. */
const declared = z.custom<Declared>((value) => typeof value === 'object' && value !== null && 'environment' in value && 'root' in value);
export interface Declared {
  readonly environment: Environment;
  readonly root: Root;
}

/** Nothing new is deployed until a person takes it off. */
export const freeze = z.object({ by: z.string(), reason: z.string(), since: z.string() }).readonly();
export type Freeze = Readonly<z.infer<typeof freeze>>;

/** A person went back to `revision`, which stays until something newer than `over` is pushed. */
export const pin = z
  .object({
    revision,
    /** The newest revision at that time: as long as nothing newer is there, it is not deployed. */
    over: revision,
    /** The commit that was rolled back from. */
    from: z.string(),
    /** The deployment whose state is restored. */
    deployment: z.string(),
    /** The images that it ran with; undefined: nobody noted them. */
    pulled: pulledImages.optional(),
    by: z.string(),
    at: z.string(),
  })
  .readonly();
export type Pin = Readonly<z.infer<typeof pin>>;

/** A person agreed to one very plan. */
export const approval = z
  .object({
    revision,
    declared,
    /** Of the plan's steps: see planning/plan-digest.ts. */
    digest: z.string(),
    by: z.string(),
    at: z.string(),
    /** Its deployment has begun: what is left of the plan is approved too. */
    begun: z.boolean(),
    /** Why it does not count any more; it never counts again. */
    void: z.string().optional(),
  })
  .readonly();
export type Approval = Readonly<z.infer<typeof approval>>;

/** New revisions reach only some of an application's containers, until a person takes it off. */
export const limit = z.object({ ...reach.unwrap().shape, by: z.string(), at: z.string() }).readonly();
export type Limit = Readonly<z.infer<typeof limit>>;

/**
 * A person has deployed some of an environment's applications alone: the others take no account of what is newer, until a person says so.
 */
export const alone = z
  .object({
    apps: z.array(z.string()).readonly(),
    /** What was newest before, and what windlass.yaml said then. */
    revision,
    declared,
    by: z.string(),
    at: z.string(),
  })
  .readonly();
export type Alone = Readonly<z.infer<typeof alone>>;

/** The canary of a revision has been looked at: the others follow. */
export const continued = z
  .object({
    revision,
    /** A person, or nobody: its pause is over. */
    by: z.string().optional(),
    at: z.string(),
  })
  .readonly();
export type Continued = Readonly<z.infer<typeof continued>>;

/** What people have said of one application, beside what Git says. */
export interface Controls {
  /** The environment's or the application's own. */
  readonly freeze?: Freeze | undefined;
  readonly pin?: Pin | undefined;
  readonly approval?: Approval | undefined;
  readonly limit?: Limit | undefined;
  readonly continued?: Continued | undefined;
  /** Others have been deployed alone: nothing that is newer concerns this one. */
  readonly left?: Alone | undefined;
}
