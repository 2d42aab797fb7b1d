import { z } from 'zod';

/** Some of an application's containers: all of these services, and these by their final names. */
export const reach = z.object({ services: z.array(z.string()).readonly(), containers: z.array(z.string()).readonly() }).readonly();
export type Reach = Readonly<z.infer<typeof reach>>;

/** Which of an application's containers a plan is for; with none of these for all. */
export interface Scope {
  /** Only those. */
  readonly limit?: Reach | undefined;
  /** Of a service with a canary whose containers are due to change, only its first ones. */
  readonly canary?: boolean | undefined;
  /** All but those, which another plan is for. */
  readonly except?: Reach | undefined;
}
