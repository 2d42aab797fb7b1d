import type { ContainerInspect } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import { createKeyedLock } from '../keyed-lock.ts';
import type { ContainerToCreate, FileToInstall, PushConfigStep, StepResult } from '../model/step.ts';
import { type StepProgress, unheard } from '../model/step-progress.ts';
import type { ArchivedFile } from './archive.ts';
import { audit, noteStart } from './audit.ts';
import type { Outcome, PushDependencies } from './install.ts';
import { place } from './place.ts';
import { push } from './push.ts';
import { readFileIn } from './read-file.ts';
import { createShadows } from './shadow.ts';
import { shadowOfDeclared } from './shadow-options.ts';
import { sweepStaged } from './sweep-staged.ts';

export interface InstallerDependencies extends Omit<PushDependencies, 'shadows' | 'now' | 'progress'> {
  /** performance.now where left out. */
  readonly now?: () => number;
  /** Epoch milliseconds; Date.now where left out. */
  readonly clock?: () => number;
}

/** Installs config files in containers, whatever they are like; a container is worked on by one call at a time. */
export interface Installer {
  /**
   * Into a running container: check, swap, act, verify, or all taken back. Rejects only with the signal's reason or for a mistake of
   * windlass.
   */
  push(step: PushConfigStep, signal: AbortSignal, progress?: StepProgress): Promise<StepResult>;
  /**
   * Into one that does not run, by the engine's id; an `install` error says what cannot work and what to do. `restarted`: it has run
   * before, and what is new to it is to be verified once it is up.
   */
  place(container: string, files: readonly FileToInstall[], how?: { readonly restarted?: boolean }): Promise<void>;
  /** Removes what a push left in a container that ended in the middle of it, once it runs again; nothing where none has. Never rejects. */
  sweepStaged(container: string): Promise<void>;
  /** Runs a check on all files in a throw-away container of the image; throws `refused`. */
  check(container: ContainerToCreate, argv: readonly string[], files: readonly FileToInstall[], imageId: string): Promise<void>;
  /** A file as it is in the container; undefined where there is none, an `install` error over 1 MiB. */
  read(container: string, target: string): Promise<Omit<ArchivedFile, 'path'> | undefined>;
  /**
   * To be shown containers whenever they are looked at: what one found in place when it started is loaded, and a tmpfs is empty. Whether
   * its start was news.
   */
  noteStart(container: ContainerInspect): Promise<boolean>;
  /**
   * Looks whether somebody else has changed files since they were installed; whether what is there is another than was known.
   * `started`: the container's process has just started with them, and what a push had staged before is removed.
   */
  audit(container: string, at?: { readonly started?: boolean }): Promise<boolean>;
  /** Removes what checks of a killed agent left. */
  sweepShadows(): Promise<void>;
}

export function createInstaller(dependencies: InstallerDependencies): Installer {
  const { engine, log, now = () => performance.now(), clock = () => Date.now() } = dependencies;
  const shadows = createShadows(dependencies);
  const lock = createKeyedLock();
  return {
    push: (step, signal, progress = unheard) =>
      lock(step.container, async () => {
        const start = now();
        const outcome = await push({ ...dependencies, shadows, now, progress }, step, signal).catch((error: unknown): Outcome => {
          signal.throwIfAborted();
          if (error instanceof WindlassError) return { kind: 'failed', error, undone: false };
          throw error;
        });
        const result = resultOf(outcome, Math.round(now() - start));
        if (!result.ok) log.warn({ step: step.name, error: result.error?.message, undone: result.undone ?? false }, 'push failed');
        return result;
      }),
    place: (container, files, how) => lock(container, () => place(dependencies, container, files, how)),
    sweepStaged: (container) => lock(container, () => sweepStaged(dependencies, container)),
    check: (container, argv, files, imageId) =>
      shadows.check({ name: checkedName(container), shadow: shadowOfDeclared(container, imageId), argv, files }),
    read: (container, target) => readFileIn(engine, container, target),
    noteStart: (container) => noteStart(dependencies, container),
    audit: (container, at) =>
      lock(container, async () => {
        if (at?.started) await sweepStaged(dependencies, container);
        return audit({ ...dependencies, clock }, container, at);
      }),
    sweepShadows: () => shadows.sweep(),
  };
}

function resultOf(outcome: Outcome, ms: number): StepResult {
  if (outcome.kind === 'done') return { ok: true, ms };
  if (outcome.kind === 'nothing-to-do') return { ok: true, skipped: true, ms };
  if (outcome.kind === 'released') return { ok: true, released: true, ms };
  const { code, message, output } = outcome.error;
  return { ok: false, ms, error: { code, message, ...(output ? { output } : {}) }, undone: outcome.undone };
}

/** What people call a container that is yet to be made. */
function checkedName({ labels }: ContainerToCreate): string {
  const parts = ['environment', 'app', 'service', 'index'].map((part) => labels[`windlass.${part}`]).filter(Boolean);
  return parts.join('-') || 'a container';
}
