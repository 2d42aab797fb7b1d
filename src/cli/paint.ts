import { styleText } from 'node:util';
import type { Io, Output } from './io.ts';
import { isLively } from './terminal.ts';

type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';
/** Colours text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;

/** In colour on a terminal; never for a pipe or a file. */
export function createPaint(env: Io['env'], output: Output): Paint {
  if (!isLively(env, output)) return plain;
  // Newer Nodes would otherwise decide for themselves, by the stream and other variables.
  return (colour, text) => styleText(colour, text, { validateStream: false });
}

const colours: Readonly<Record<string, Colour>> = {
  deployed: 'green',
  succeeded: 'green',
  healthy: 'green',
  ready: 'green',
  running: 'green',
  deploying: 'cyan',
  queued: 'cyan',
  starting: 'cyan',
  held: 'yellow',
  frozen: 'yellow',
  'awaiting-approval': 'yellow',
  'rolled-back': 'yellow',
  undone: 'yellow',
  failed: 'red',
  unhealthy: 'red',
  exited: 'red',
  dead: 'red',
  lost: 'red',
  superseded: 'dim',
  skipped: 'dim',
};

/** A word for a state in the colour that it has everywhere. */
export function paintState(paint: Paint, state: string): string {
  const colour = colours[state];
  return colour ? paint(colour, state) : state;
}
