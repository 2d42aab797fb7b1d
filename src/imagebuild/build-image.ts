import type { Readable } from 'node:stream';
import type { Engine } from '../docker/engine.ts';
import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import { pinnedReference } from '../model/image.ts';
import type { BuildImageStep } from '../model/step.ts';
import { inputsLabel, isBuiltFrom, moveTag, nameFormer, splitReference } from './tags.ts';

/** What building an image needs. */
export interface ImageBuilding {
  readonly engine: Pick<Engine, 'inspectImage' | 'tagImage' | 'buildImage'>;
  /** The build context's tar. */
  readonly fetchContext: (step: BuildImageStep, signal: AbortSignal) => Promise<Readable>;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
  /** Whether a build that is under way moves this tag; undefined: none is. */
  readonly isMoving?: (tag: string) => boolean;
  readonly fault: Fault;
  readonly log: Log;
}

/** Builds the step's image, or finds it built from the very inputs already (`skipped`); all its tags point at it afterwards. */
export async function buildImage(
  building: ImageBuilding,
  step: BuildImageStep,
): Promise<{ readonly id: string; readonly skipped: boolean }> {
  const { engine, fetchContext, onLine, signal, isMoving, fault, log } = building;
  const built = await engine.inspectImage(pinned(step));
  if (isBuiltFrom(built, step.inputs)) {
    for (const tag of step.tags) await moveTag(engine, built.Id, tag, isMoving);
    return { id: built.Id, skipped: true };
  }
  for (const tag of step.tags) await nameFormer(engine, tag, isMoving);
  fault('build:start');
  const context = await fetchContext(step, signal);
  const id = await engine.buildImage(context, {
    tags: step.tags,
    dockerfile: step.dockerfile,
    args: step.args,
    labels: {
      ...step.settings?.labels,
      [inputsLabel]: step.inputs,
      'windlass.image': step.name,
      'org.opencontainers.image.revision': step.context.commit,
    },
    ...(step.target === undefined ? {} : { target: step.target }),
    ...(step.network === undefined ? {} : { network: step.network }),
    ...(step.settings && { settings: step.settings }),
    onLine: (line) => {
      fault('build:running');
      onLine(line);
    },
    signal,
  });
  fault('build:done');
  log.info({ image: step.name, id }, 'image built');
  return { id, skipped: false };
}

/** Builds of a host, side by side; those that share a tag, and so those of the same inputs, take turns. */
export interface ImageBuilder {
  build(step: BuildImageStep, onLine: (line: string) => void, signal: AbortSignal): ReturnType<typeof buildImage>;
}

export function createImageBuilder(building: Omit<ImageBuilding, 'onLine' | 'signal' | 'isMoving'>): ImageBuilder {
  const last = new Map<string, Promise<unknown>>();
  const isMoving = (tag: string) => last.has(tag);
  return {
    build: async (step, onLine, signal) => {
      const tags = [...new Set([...step.tags, pinned(step)])];
      const turn = Promise.all(tags.map((tag) => last.get(tag))).then(() => {
        signal.throwIfAborted();
        return buildImage({ ...building, onLine, signal, isMoving }, step);
      });
      const settled = turn.then(
        () => {},
        () => {},
      );
      for (const tag of tags) last.set(tag, settled);
      try {
        return await turn;
      } finally {
        for (const tag of tags) if (last.get(tag) === settled) last.delete(tag);
      }
    },
  };
}

/** The tag of the step that names exactly its inputs. */
function pinned(step: BuildImageStep): string {
  const { name } = splitReference(step.name);
  return pinnedReference({ name, inputs: step.inputs });
}
