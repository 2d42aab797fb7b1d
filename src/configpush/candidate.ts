import { posix } from 'node:path';
import type { Engine } from '../docker/engine.ts';
import { failure, neverBegan, noShell } from './install-failure.ts';
import { type InstallRequest, scriptArguments, targetsOf } from './install-request.ts';
import { type InstallSession, NoShell, type Report, startSession } from './install-session.ts';
import { toolOutput } from './tool-output.ts';

/** Where an entry's file, its candidate and the kept old one are. */
export interface EntryPaths {
  readonly real: string;
  readonly candidate: string;
  readonly kept: string;
}

/** The action's exit status, or that the container or the connection went away before it was told. */
export type Acted = { readonly kind: 'acted'; readonly status: number } | { readonly kind: 'lost' };

/** Files that are staged and checked in a container and wait for a word. */
export interface Candidate {
  /** Numbers of the entries that differ from what is in place. */
  readonly changed: readonly number[];
  /** Numbers of the entries whose target was not there. */
  readonly absent: readonly number[];
  paths(entry: number): EntryPaths;
  /** Swaps all files and acts; an `install` error has changed nothing. `onSwapped` is called between the two. */
  swap(onSwapped: () => void): Promise<Acted>;
  /** Old files back, and the action again. `onRestored` is called between the two. */
  undo(onRestored: () => void): Promise<Acted>;
  /** Ends the script: before the swap without a trace, after it the new files stay. Whether nothing staged is left for certain. */
  end(): Promise<boolean>;
  /** What tools said in the script, for people. */
  output(): string;
  /** A text with the targets in place of the staged paths. */
  named(text: string): string;
}

/** Stages the files and runs the checks, in one exec that stays open. Throws `refused` or `install` with nothing changed. */
export async function stage(engine: Engine, request: InstallRequest, onStaged: () => void): Promise<Candidate> {
  const { container, files, checks, limits } = request;
  const session = await startSession(engine, container, scriptArguments(request)).catch((error: unknown) => {
    throw error instanceof NoShell ? noShell(request) : error;
  });
  const talk = conversation(session, request);
  try {
    for (const { bytes } of files) {
      session.write(bytes);
      session.write('end\n');
    }
    await talk.begin();
    onStaged();
    const absent = await talk.expect('absent', limits.toolMs * (checks.length + 1));
    const changed = await talk.expect('checked', limits.toolMs);
    return candidate(session, request, talk, numbers(changed), numbers(absent));
  } catch (error) {
    await session.end();
    throw error;
  }
}

const numbers = ({ rest }: Report): number[] => rest.split(' ').filter(Boolean).map(Number);

function candidate(
  session: InstallSession,
  request: InstallRequest,
  talk: Conversation,
  changed: readonly number[],
  absent: readonly number[],
): Candidate {
  const { toolMs, verdictMs } = request.limits;
  /** The deadlines here are behind the script's own, which ends what hangs. */
  const actedMs = toolMs + verdictMs + 10_000;
  const say = async (word: string, first: string, second: string, onFirst: () => void): Promise<Acted> => {
    session.write(`${word}\n`);
    if (!(await talk.expectOrEnd(first, toolMs))) return { kind: 'lost' };
    onFirst();
    const acted = await talk.expectOrEnd(second, actedMs);
    if (acted && acted.rest !== '0') await session.outputUntil(talk.endOfOutput());
    return acted ? { kind: 'acted', status: Number(acted.rest) } : { kind: 'lost' };
  };
  return {
    changed,
    absent,
    paths: talk.paths,
    swap: (onSwapped) => say('go', 'swapped', 'acted', onSwapped),
    undo: (onRestored) => say('undo', 'restored', 'undone', onRestored),
    end: () => {
      session.write('keep\n');
      return session.end();
    },
    output: () => toolOutput(session.output(), talk.names()),
    named: (text) => toolOutput(text, talk.names()),
  };
}

interface Conversation {
  /** Reads up to `staged`. */
  begin(): Promise<void>;
  /** The line with that word; any other, and the end, is thrown as what it means. */
  expect(word: string, withinMs: number): Promise<Report>;
  /** The same, undefined at the end. */
  expectOrEnd(word: string, withinMs: number): Promise<Report | undefined>;
  paths(entry: number): EntryPaths;
  /** What the script writes behind the words of an action that failed. */
  endOfOutput(): string;
  /** The targets by the paths of their candidates and kept files. */
  names(): Map<string, string>;
}

function conversation(session: InstallSession, request: InstallRequest): Conversation {
  const targets = targetsOf(request);
  const links = new Map<number, string>();
  let me = '';
  const paths = (entry: number): EntryPaths => {
    const real = links.get(entry) ?? targets[entry - 1] ?? '';
    const beside = (what: string) => posix.join(posix.dirname(real), `.${posix.basename(real)}.windlass-${what}-${me}`);
    return { real, candidate: beside('new'), kept: beside('old') };
  };
  const names = () =>
    new Map(
      targets.flatMap((target, index) => {
        const { candidate: staged, kept } = paths(index + 1);
        return [[staged, target] as const, [kept, target] as const];
      }),
    );
  const expectOrEnd = async (word: string, withinMs: number): Promise<Report | undefined> => {
    const report = await session.next(withinMs);
    if (!report || report.word === word) return report;
    throw await failure(session, request, report, names());
  };
  const expect = async (word: string, withinMs: number): Promise<Report> => {
    const report = await expectOrEnd(word, withinMs);
    if (report) return report;
    throw await failure(session, request, undefined, names());
  };
  return {
    begin: async () => {
      const first = await session.next(request.limits.toolMs);
      if (first?.word !== 'begin') throw await neverBegan(session, request);
      me = first.rest;
      for (;;) {
        const report = await session.next(request.limits.toolMs);
        if (report?.word === 'staged') return;
        if (report?.word !== 'at') throw await failure(session, request, report, names());
        const [entry = '', ...path] = report.rest.split(' ');
        links.set(Number(entry), path.join(' '));
      }
    },
    expect,
    expectOrEnd,
    paths,
    endOfOutput: () => `windlass-end-${me}`,
    names,
  };
}
