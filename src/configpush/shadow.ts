import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { ContainerCreateOptions, Engine } from '../docker/engine.ts';
import { messageOf, WindlassError } from '../errors.ts';
import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { FileToInstall } from '../model/step.ts';
import { refusal } from './install-failure.ts';
import { archiveFiles } from './place.ts';
import { type ShadowSpec, shadowLabel, shadowOptions } from './shadow-options.ts';
import { toolOutput } from './tool-output.ts';

export interface ShadowDependencies {
  readonly engine: Engine;
  readonly fault: Fault;
  readonly log: Log;
  contents(hash: string): Promise<Uint8Array>;
}

/** A check that runs in a throw-away container. */
export interface ShadowCheck {
  /** What people call the container it stands for. */
  readonly name: string;
  readonly shadow: ShadowSpec;
  readonly argv: readonly string[];
  /** Every config file of the container. */
  readonly files: readonly FileToInstall[];
  /** Targets of files that are to go. */
  readonly absent?: readonly string[];
}

/** Runs checks in shadows, each once while shadow, argv and contents are the same; throws `refused`. */
export interface Shadows {
  check(check: ShadowCheck): Promise<void>;
  /** Removes what a killed agent, or an engine that went away, has left; checks that run are left alone. */
  sweep(): Promise<void>;
}

/** Shadows of this very process. */
interface Living {
  /** Ids of those that are in use. */
  readonly ids: Set<string>;
  /** Those that the engine has been asked for and whose ids are not known yet. */
  readonly coming: Set<Promise<unknown>>;
}

const mostRemembered = 1000;
const deadlineMs = 60_000;

export function createShadows(dependencies: ShadowDependencies): Shadows {
  const { engine, log } = dependencies;
  const passed = new Map<string, Promise<void>>();
  const living: Living = { ids: new Set(), coming: new Set() };
  return {
    check: (check) => {
      const key = keyOf(check);
      const known = passed.get(key);
      if (known) return known;
      const run = runShadow(dependencies, living, check);
      passed.set(key, run);
      // Only what passed is remembered: a refusal may come from a name that was not resolved yet.
      run.catch(() => passed.delete(key));
      if (passed.size > mostRemembered) passed.delete(passed.keys().next().value ?? '');
      return run;
    },
    sweep: async () => {
      const listed = await engine.listContainers([`${shadowLabel}=true`]);
      await Promise.allSettled(living.coming);
      const left = listed.filter(({ Id }) => !living.ids.has(Id));
      await Promise.all(left.map(({ Id }) => engine.removeContainer(Id, { force: true, volumes: true })));
      if (left.length > 0) log.info({ containers: left.length }, 'removed shadows that were left over');
    },
  };
}

function keyOf({ shadow, argv, files, absent = [] }: ShadowCheck): string {
  const placed = files.map(({ target, hash, mode, uid, gid }) => [target, hash, mode, uid, gid]);
  return createHash('sha256')
    .update(JSON.stringify([{ ...shadow, mounts: shadow.mounts.map(withoutAnonymousName) }, argv, placed, absent]))
    .digest('hex');
}

/** Containers of one service have anonymous volumes of their own; a check is not run again for that. */
const withoutAnonymousName = <M extends { readonly Source: string }>(mount: M): M =>
  /^[0-9a-f]{64}$/.test(mount.Source) ? { ...mount, Source: '' } : mount;

async function runShadow(dependencies: ShadowDependencies, living: Living, check: ShadowCheck): Promise<void> {
  const { engine, fault, log } = dependencies;
  const { name, shadow, argv, files, absent = [] } = check;
  const targets = [...files.map(({ target }) => target), ...absent];
  const id = await created(engine, living, shadowOptions(shadow, argv, targets));
  try {
    fault('shadow:created');
    for (const network of shadow.networks.slice(1)) await engine.connectNetwork(network, id, { Aliases: [] });
    const made = files.length > 0 ? await engine.inspectContainer(id) : undefined;
    if (made) await archiveFiles(dependencies, made, files, name);
    fault('shadow:placed');
    const status = await startAndWait(engine, id, name, argv, () => fault('shadow:started'));
    fault('shadow:ended');
    if (status !== 0) throw refusal(name, argv[0] ?? '', status, await outputOf(engine, id));
  } finally {
    living.ids.delete(id);
    await engine.removeContainer(id, { force: true, volumes: true }).catch((error: unknown) => {
      log.warn({ container: id, error: messageOf(error) }, 'a shadow could not be removed; it goes when the engine is back');
    });
  }
}

async function created(engine: Engine, { ids, coming }: Living, options: ContainerCreateOptions): Promise<string> {
  const creating = engine.createContainer(options).then((id) => {
    ids.add(id);
    return id;
  });
  coming.add(creating);
  return creating.finally(() => coming.delete(creating));
}

/** The exit status; a program that is not there has the shell's 127. */
async function startAndWait(engine: Engine, id: string, name: string, argv: readonly string[], onStarted: () => void): Promise<number> {
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    await engine.startContainer(id);
  } catch (error) {
    const found = await engine.inspectContainer(id);
    const status = found?.State.ExitCode;
    if (status === 126 || status === 127) throw refusal(name, argv[0] ?? '', status, toolOutput(found?.State.Error ?? ''));
    throw error;
  }
  onStarted();
  try {
    return await engine.waitContainer(id, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    const message = `the check ${argv[0]} for ${name} did not end within ${deadlineMs / 1000} s; nothing has changed`;
    throw new WindlassError('refused', message, { output: await outputOf(engine, id) });
  }
}

const outputOf = async (engine: Engine, id: string): Promise<string> => toolOutput(await text(await engine.containerLogs(id)));
