import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { createInstaller, type Installer } from '../../../src/configpush/installer.ts';
import { createEngine } from '../../../src/docker/create-engine.ts';
import type { ContainerCreateOptions, Engine } from '../../../src/docker/engine.ts';
import { type Fault, noFault } from '../../../src/fault.ts';
import { createLedger } from '../../../src/inventory/ledger.ts';
import { silentLog } from '../../../src/log.ts';
import type { Ledger } from '../../../src/model/ledger.ts';
import type { FileToInstall, PushConfigStep, StepResult } from '../../../src/model/step.ts';
import { startEngine, type TestEngine } from '../../support/engine.ts';
import type { AgentOrder } from './agent-process.ts';

export const hashOf = (bytes: Uint8Array | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An engine, contents by hash, and an installer with a ledger of its own; `agent()` makes another, with the ledger of the folder `at`. */
export interface Bench {
  readonly test: TestEngine;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly installer: Installer;
  agent(options?: { fault?: Fault; engine?: Engine; at?: string }): Promise<{ installer: Installer; ledger: Ledger }>;
  file(target: string, content: Uint8Array | string, options?: Partial<FileToInstall>): FileToInstall;
  /** The id of a running busybox, or one that is only made. */
  container(options?: ContainerCreateOptions, start?: boolean): Promise<string>;
  push(container: string, step: Partial<PushConfigStep>, installer?: Installer): Promise<StepResult>;
  /**
   * The same by an agent of its own process with the ledger of the container's folder, which dies at the point; resolves once it is dead
   * and its script has ended.
   */
  dieWhilePushing(container: string, step: Partial<PushConfigStep>, point: string): Promise<void>;
  /** What a shell in the container prints. */
  shell(container: string, script: string): Promise<string>;
  /** Names of windlass's own files anywhere in the container. */
  leftovers(container: string): Promise<string>;
}

export async function startBench(
  images: readonly string[] = ['busybox:latest'],
  options: Parameters<typeof startEngine>[1] = {},
): Promise<Bench & { stop(): Promise<void> }> {
  const test = await startEngine(images, options);
  const directory = await mkdtemp(join(tmpdir(), 'windlass-bench-'));
  const engine = createEngine({ url: test.dockerHost });
  const contents = new Map<string, Uint8Array>();
  const agent: Bench['agent'] = async (options = {}) => {
    const ledger = await createLedger(join(directory, options.at ?? 'shared'));
    const read = async (hash: string) => {
      const bytes = contents.get(hash);
      if (!bytes) throw new Error(`no content ${hash}`);
      return bytes;
    };
    const installer = createInstaller({
      engine: options.engine ?? engine,
      ledger,
      contents: read,
      fault: options.fault ?? noFault,
      log: silentLog,
    });
    return { installer, ledger };
  };
  const { installer, ledger } = await agent();
  const shell: Bench['shell'] = async (container, script) => {
    const session = await engine.exec(container, { argv: ['sh', '-c', script] });
    session.stdin.end();
    const [out, errors] = await Promise.all([text(session.stdout), text(session.stderr), session.exit]);
    return out + errors;
  };
  return {
    test,
    engine,
    ledger,
    installer,
    agent,
    file: (target, content, options = {}) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      contents.set(hashOf(bytes), bytes);
      return { source: target, target, hash: hashOf(bytes), size: bytes.byteLength, mode: 0o644, uid: 0, gid: 0, ...options };
    },
    container: async (options = {}, start = true) => {
      const id = await engine.createContainer({
        Image: images[0] ?? '',
        Cmd: ['sh', '-c', 'trap "" HUP; while :; do sleep 1000 & wait; done'],
        ...options,
      });
      if (start) await engine.startContainer(id);
      return id;
    },
    push: (container, step, by = installer) => by.push(stepOf(container, step), new AbortController().signal),
    dieWhilePushing: async (container, step, point) => {
      const order: AgentOrder = {
        dockerHost: test.dockerHost,
        directory: join(directory, container),
        step: stepOf(container, step),
        contents: Object.fromEntries([...contents].map(([hash, bytes]) => [hash, Buffer.from(bytes).toString('base64')])),
      };
      const program = fileURLToPath(new URL('agent-process.js', import.meta.url));
      const child = spawn(process.execPath, [program, JSON.stringify(order)], {
        env: { ...process.env, WINDLASS_FAULT: point },
        stdio: 'inherit',
      });
      const signal = await new Promise((resolve) => child.once('exit', (_, killedBy) => resolve(killedBy)));
      if (signal !== 'SIGKILL') throw new Error(`the agent did not die at ${point}`);
      for (let tries = 0; tries < 100 && (await shell(container, 'ps -o args')).includes('sh -c set'); tries++) await sleep(100);
    },
    shell,
    leftovers: (container) =>
      shell(container, 'find / -xdev -name "*.windlass-*" 2>/dev/null; find /dev/shm /data /run -name "*.windlass-*" 2>/dev/null'),
    stop: async () => {
      await test.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The two hashes of each file, without what the ledger remembers beside them. */
export const hashesIn = (known: ReturnType<Ledger['configs']>): Record<string, { installed: string; loaded: string }> =>
  Object.fromEntries(Object.entries(known).map(([target, { installed, loaded }]) => [target, { installed, loaded }]));

/** A step that does nothing but what it is given. */
export function stepOf(container: string, step: Partial<PushConfigStep>): PushConfigStep {
  return {
    kind: 'push-config',
    name: 'lb-1',
    host: 'here',
    reason: 'test',
    container,
    files: [],
    remove: [],
    checks: [],
    all: step.files ?? [],
    action: { kind: 'none' },
    verify: [],
    monitorMs: 0,
    ...step,
  };
}

/** Fails with the result's own words. */
export function succeeded(t: ExecutionContext, result: StepResult): void {
  t.true(result.ok, JSON.stringify(result.error));
}
