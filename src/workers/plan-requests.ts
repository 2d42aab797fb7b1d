import type { Issue } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import type { PackedTree, Tree } from '../model/image.ts';
import type { Root } from '../model/root.ts';
import type { VariableChange } from '../model/variables.ts';
import type { DecideInput, Decision } from '../planning/decide.ts';
import type { Difference } from '../planning/difference.ts';
import type { LoadInput, Need } from '../planning/load.ts';
import type { VariableEdits } from '../repository/variable-edits.ts';
import type { OriginsInput, VariableOrigins } from '../repository/variable-origins.ts';

/** What the planning thread is asked. `key` names a revision of an environment, loaded once and asked about many times. */
export type PlanRequest = PlanRequestOf<Tree>;
/** The same, asked with trees as they are at hand. */
export type PlanQuestion = PlanRequestOf<Tree | PackedTree>;

type PlanRequestOf<T> =
  | { readonly kind: 'root'; readonly tree: T }
  | { readonly kind: 'validate'; readonly tree: T }
  | { readonly kind: 'unread-variables'; readonly tree: T; readonly names: readonly string[] }
  | ({ readonly kind: 'variables'; readonly tree: T; readonly head: T } & Omit<OriginsInput, 'tree' | 'head'>)
  | {
      readonly kind: 'edit-variables';
      readonly tree: T;
      readonly environment: string;
      readonly changes: readonly VariableChange[];
    }
  | {
      readonly kind: 'load';
      readonly key: string;
      readonly input: Omit<LoadInput, 'trees'> & { readonly trees: Readonly<Record<string, T>> };
    }
  | ({ readonly kind: 'decide'; readonly key: string } & Omit<DecideInput, 'loaded' | 'kept' | 'watch'>)
  | { readonly kind: 'images'; readonly key: string; readonly hosts: readonly HostRecord[]; readonly ownHost: string };

export interface PlanAnswers {
  readonly root: { readonly root: Root | undefined; readonly issues: readonly Issue[] };
  readonly validate: { readonly issues: readonly Issue[] };
  readonly 'unread-variables': { readonly names: readonly string[] };
  readonly variables: VariableOrigins;
  readonly 'edit-variables': VariableEdits;
  /** Undefined: loaded. */
  readonly load: { readonly needs: readonly Need[] } | { readonly loaded: LoadedSummary };
  readonly decide: { readonly unknownKey: true } | { readonly decision: Decision };
  readonly images: { readonly unknownKey: true } | { readonly differences: readonly Difference[]; readonly issues: readonly Issue[] };
}

export interface Settle {
  readonly minMs: number;
  readonly maxMs: number;
}

export const defaultSettle: Settle = { minMs: 1_000, maxMs: 10_000 };

/** What the controller keeps of a loaded revision; the rest stays in the thread. */
export interface LoadedSummary {
  readonly commit: string;
  readonly names: readonly string[];
  /** By application: how long to wait for quiet before a discovery is planned, and how long at most. */
  readonly settle: Readonly<Record<string, Settle>>;
  /** Context folders by source of every image, for whoever serves build contexts. */
  readonly images: readonly {
    /** `name:tag`, and the tag that names exactly these inputs. */
    readonly reference: string;
    readonly pinned: string;
    readonly keep: number | undefined;
    readonly inputs: string;
    readonly source: string;
    readonly commit: string;
    readonly context: string;
    readonly dockerfile: string;
    readonly rewrittenDockerfile: string;
  }[];
}
