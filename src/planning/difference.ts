import type { Step, StepKind } from '../model/step.ts';

/** One thing that is not as it should be, and the step that mends it; without `step` something else has to happen first. */
export interface Difference {
  readonly kind: StepKind;
  /** The container's final name, or the image's `name:tag`. */
  readonly name: string;
  readonly host: string;
  readonly reason: string;
  /** Of a recreate: `create`, `start-first`, `stop-first` or `start`. */
  readonly order?: string;
  readonly step?: Step;
  /** The service it belongs to; undefined for images. */
  readonly service?: string;
  /** Takes a container away that others may still list: waits until nothing else is due. */
  readonly retires?: boolean;
  /** Puts right what somebody else has changed, and nothing else. */
  readonly drift?: boolean;
  /** Verifies what a start has brought into effect, and changes nothing. */
  readonly verifies?: boolean;
  /** Replaces a container that works: bounded by the service's parallelism. */
  readonly replaces?: boolean;
}
