import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { type Containers, createContainers } from '../../../src/containers/create-containers.ts';
import type { ContainersDependencies } from '../../../src/containers/dependencies.ts';
import { createEngine } from '../../../src/docker/create-engine.ts';
import type { ContainerInspect, Engine } from '../../../src/docker/engine.ts';
import { WindlassError } from '../../../src/errors.ts';
import { noFault } from '../../../src/fault.ts';
import { silentLog } from '../../../src/log.ts';
import type { Ledger, LedgerFile } from '../../../src/model/ledger.ts';
import type { ContainerToCreate, FileToInstall, RecreateContainerStep, StepResult } from '../../../src/model/step.ts';
import { startEngine, type TestEngine } from '../../support/engine.ts';

/** A host with a real engine, whose agent may die at any point of a step and be started again. */
export interface World {
  readonly test: TestEngine;
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** What happened, in order: checks, placed files. */
  readonly journal: string[];
  /** A file with this content, as a step has it. */
  file(target: string, content: string): FileToInstall;
  /** An agent; `over` replaces what it depends on. */
  agent(over?: Partial<ContainersDependencies>): Containers;
  /** Runs a step in an agent that dies at the point; true when it came by there. */
  dyingAt(point: string, act: (agent: Containers) => Promise<StepResult>): Promise<boolean>;
  /** A recreate step. */
  step(order: RecreateContainerStep['order'], name: string, container: ContainerToCreate, current?: string): RecreateContainerStep;
  inspect(name: string): Promise<ContainerInspect | undefined>;
  /** Names of all containers that begin so. */
  names(prefix: string): Promise<string[]>;
  /** What a command in the container prints. */
  read(name: string, ...argv: string[]): Promise<string>;
}

export const signal = new AbortController().signal;

export async function createWorld(): Promise<World> {
  const test = await startEngine();
  const engine = createEngine({ url: test.dockerHost });
  const ledger = createMemoryLedger();
  const contents = new Map<string, string>();
  const journal: string[] = [];
  const imageId = (await engine.inspectImage('busybox:latest'))?.Id ?? '';
  const agent = (over: Partial<ContainersDependencies> = {}) =>
    createContainers({
      engine,
      ledger,
      fault: noFault,
      log: silentLog,
      ensureImage: async () => imageId,
      place: async (container, files) => {
        journal.push(`place ${files.map(({ target }) => target).join(' ')}`);
        const tar = pack();
        for (const { target, hash, mode, uid, gid } of files)
          tar.entry({ name: target.slice(1), mode, uid, gid }, contents.get(hash) ?? '');
        tar.finalize();
        await engine.putArchive(container, await buffer(tar));
        await ledger.record(container, Object.fromEntries(files.map(({ target, hash }) => [target, { installed: hash, loaded: hash }])));
      },
      sweepStaged: async () => {},
      check: async (_container, argv) => {
        journal.push(`check ${argv.join(' ')}`);
        if (argv[0] === 'false') throw new WindlassError('refused', 'the check failed', { output: 'line 1: bad' });
      },
      ...over,
    });
  return {
    test,
    engine,
    ledger,
    journal,
    agent,
    file: (target, content) => {
      const hash = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      contents.set(hash, content);
      return { source: target, target, hash, size: content.length, mode: 0o644, uid: 0, gid: 0 };
    },
    dyingAt: async (point, act) => {
      const mortal = createMortal(engine);
      const fault = (passed: string) => {
        if (passed === point) mortal.die();
      };
      const error: unknown = await act(agent({ engine: mortal.engine, fault })).catch((thrown: unknown) => thrown);
      if (mortal.died() && error !== death) throw new Error(`the step outlived its agent: ${JSON.stringify(error)}`);
      return mortal.died();
    },
    step: (order, name, container, current) => ({
      kind: 'recreate-container',
      name,
      host: 'host-1',
      reason: 'test',
      order,
      container,
      ...(current !== undefined && { current }),
    }),
    inspect: (name) => engine.inspectContainer(name),
    names: async (prefix) => {
      const all = await engine.listContainers([]);
      return all.flatMap(({ Names }) => Names.map((name) => name.slice(1)).filter((name) => name.startsWith(prefix))).sort();
    },
    read: async (name, ...argv) => {
      const session = await engine.exec(name, { argv });
      session.stdin.end();
      session.stderr.resume();
      const chunks: Buffer[] = [];
      for await (const chunk of session.stdout) chunks.push(chunk as Buffer);
      await session.exit;
      return Buffer.concat(chunks).toString().trim();
    },
  };
}

const death = new Error('killed');

/** As after `kill -9`: from the death on no call reaches the engine, so that nothing can be tidied up. */
function createMortal(engine: Engine): { engine: Engine; die(): never; died(): boolean } {
  let dead = false;
  const calls = Object.entries(engine).map(([name, call]) => {
    const mortal = (...args: unknown[]) => {
      if (dead) throw death;
      return call(...args);
    };
    return [name, mortal];
  });
  const die = (): never => {
    dead = true;
    throw death;
  };
  return { engine: Object.fromEntries(calls), die, died: () => dead };
}

/** Outlives agents, as the one on the disk does. */
function createMemoryLedger(): Ledger {
  const files = new Map<string, Record<string, LedgerFile>>();
  const stayedUp = new Set<string>();
  const taken = new Map<string, Readonly<Record<string, string>>>();
  return {
    configs: (container) => files.get(container) ?? {},
    all: () => [...files.keys()],
    record: async (container, changed) => {
      const known = files.get(container) ?? {};
      const merged = Object.entries({ ...known, ...(typeof changed === 'function' ? changed(known) : changed) });
      files.set(container, Object.fromEntries(merged.flatMap(([target, file]) => (file ? [[target, file]] : []))));
    },
    ready: (container) => stayedUp.has(container),
    markReady: async (container) => {
      stayedUp.add(container);
    },
    // Only an agent's inventory and pushes ask.
    noteStart: async () => false,
    staged: () => [],
    noteStaged: async () => {},
    endedAt: () => undefined,
    markEnded: async () => {},
    adopted: (container) => taken.get(container),
    adopt: async (container, labels) => void taken.set(container, labels),
    allAdopted: () => [...taken.keys()],
    forget: async (container) => {
      taken.delete(container);
      files.delete(container);
      stayedUp.delete(container);
    },
  };
}
