import type { DeploymentRecord, StepRecord } from '../model/deployment.ts';
import { oneLine, shortDuration } from './format.ts';
import type { Paint } from './paint.ts';

/** What a terminal is told of deployments that are under way. */
export interface ProgressView {
  readonly deployments: readonly Pick<DeploymentRecord, 'id' | 'environment' | 'app' | 'state' | 'steps'>[];
  /** `environment/application` of those that have no deployment (yet), and what their state is. */
  readonly waiting: readonly { readonly name: string; readonly state: string }[];
  /** Milliseconds since a step (`stepKey`) was first seen running, or a deployment (its id) at all. */
  readonly elapsed: (key: string) => number | undefined;
}

/** How much room there is, in characters, and what it can show. `frame` counts redraws. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
  readonly unicode: boolean;
  readonly frame: number;
}

export const stepKey = (deployment: string, index: number): string => `${deployment} ${index}`;

/**
 * One line for each deployment, with a bar, and under it one for each container or image; never more lines nor longer ones than there is
 * room for.
 */
export function progressRows(view: ProgressView, room: Room, paint: Paint): readonly string[] {
  const signs = room.unicode ? unicodeSigns : asciiSigns;
  const blocks = view.deployments.map((deployment) => ({
    head: deployment,
    rows: rowsOf(deployment, view.elapsed),
  }));
  const heads = blocks.length + view.waiting.length;
  const shares = share(
    blocks.map(({ rows }) => rows.length),
    Math.max(room.rows - 1 - heads, 0),
  );
  const widths = columnWidths(blocks.flatMap(({ rows }) => rows));
  const lines = blocks.flatMap(({ head, rows }, i) => [
    headLine(head, rows, view.elapsed(head.id), { signs, room, paint }),
    ...chosen(rows, shares[i] ?? 0).map((row) => rowLine(row, widths, { signs, room, paint })),
  ]);
  const waiting = view.waiting.map(({ name, state }) => within([{ text: `${name}  ${state}`, colour: 'dim' }], room.columns, paint));
  return [...lines, ...waiting].slice(0, Math.max(room.rows - 1, 1));
}

interface Row {
  readonly step: Pick<StepRecord, 'kind' | 'name' | 'host' | 'state' | 'ms' | 'reason' | 'error'>;
  readonly ms: number | undefined;
  /** Of rows that there is no room for: how many, and how many of them are done. */
  readonly folded?: { readonly rows: number; readonly done: number };
}

/** What is to be seen of one container is its newest step: a candidate that is made, then takes over. */
function rowsOf({ id, steps }: ProgressView['deployments'][number], elapsed: ProgressView['elapsed']): readonly Row[] {
  const newest = new Map<string, Row>();
  for (const [index, step] of steps.entries()) {
    newest.set(`${step.host} ${step.name}`, { step, ms: step.state === 'running' ? elapsed(stepKey(id, index)) : step.ms });
  }
  return [...newest.values()];
}

/** Lines for each block, so that a long one leaves room for the others. */
function share(wanted: readonly number[], room: number): readonly number[] {
  let left = room;
  const shares = wanted.map(() => 0);
  const smallestFirst = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  for (const [position, i] of smallestFirst.entries()) {
    shares[i] = Math.min(wanted[i] ?? 0, Math.floor(left / (wanted.length - position)));
    left -= shares[i] ?? 0;
  }
  return shares;
}

const importance: readonly StepRecord['state'][] = ['running', 'failed', 'undone', 'queued', 'succeeded', 'skipped'];

/** Where not all fit: what runs, then what failed, then what is to come; the rest is a number. */
function chosen(rows: readonly Row[], room: number): readonly Row[] {
  if (rows.length <= room) return rows;
  if (room === 0) return [];
  const byImportance = rows.map((_, i) => i).sort((a, b) => rank(rows[a]) - rank(rows[b]) || b - a);
  const kept = new Set(byImportance.slice(0, room - 1));
  const left = rows.filter((_, i) => !kept.has(i));
  const done = left.filter(({ step }) => isDone(step.state)).length;
  const fold = { step: { ...(left[0] as Row).step }, ms: undefined, folded: { rows: left.length, done } };
  return [...rows.filter((_, i) => kept.has(i)), fold];
}

const rank = (row: Row | undefined) => importance.indexOf(row?.step.state ?? 'skipped');
const isDone = (state: StepRecord['state']) => state === 'succeeded' || state === 'skipped';

interface Drawing {
  readonly signs: Signs;
  readonly room: Room;
  readonly paint: Paint;
}

function headLine(
  { environment, app, state }: ProgressView['deployments'][number],
  rows: readonly Row[],
  ms: number | undefined,
  { signs, room, paint }: Drawing,
): string {
  const done = rows.filter(({ step }) => isDone(step.state)).length;
  const barWidth = Math.max(Math.min(24, room.columns - 50), 0);
  const filled = rows.length === 0 ? 0 : Math.round((done / rows.length) * barWidth);
  const bar = [
    { text: signs.bar.repeat(filled), colour: 'green' as const },
    { text: signs.rest.repeat(barWidth - filled), colour: 'dim' as const },
  ];
  const said = state === 'running' || state === 'queued' ? '' : `  ${state}`;
  const parts: Part[] = [
    { text: `${environment}/${app}`, colour: 'bold' },
    { text: barWidth > 0 ? '  ' : '' },
    ...bar,
    { text: `  ${done} of ${rows.length}` },
    { text: said, colour: stateColour(state) },
    { text: ms === undefined ? '' : `  ${shortDuration(ms)}`, colour: 'dim' },
  ];
  return within(parts, room.columns, paint);
}

function rowLine({ step, ms, folded }: Row, widths: readonly number[], { signs, room, paint }: Drawing): string {
  if (folded) {
    const text = `    ${signs.more} ${folded.rows} more, ${folded.done} of them done`;
    return within([{ text, colour: 'dim' }], room.columns, paint);
  }
  const sign = step.state === 'running' ? (signs.spinner[room.frame % signs.spinner.length] ?? '') : signs[step.state];
  const cells = [step.kind, step.name, step.host].map((cell, i) => cell.padEnd(widths[i] ?? 0));
  const more = step.error === undefined ? oneLine(step.reason) : oneLine(step.error.split('\n', 1)[0] ?? '');
  return within(
    [
      { text: '  ' },
      { text: sign, colour: stateColour(step.state) },
      { text: ` ${cells.join('  ')}` },
      { text: `  ${(ms === undefined ? '' : shortDuration(ms)).padStart(6)}`, colour: 'dim' },
      { text: isDone(step.state) ? '' : `  ${more}`, colour: step.error === undefined ? 'dim' : 'red' },
    ],
    room.columns,
    paint,
  );
}

const columnWidths = (rows: readonly Row[]): readonly number[] =>
  (['kind', 'name', 'host'] as const).map((key) => Math.max(0, ...rows.map(({ step }) => step[key].length)));

interface Part {
  readonly text: string;
  readonly colour?: Parameters<Paint>[0] | undefined;
}

/** Cut before it is coloured, so that no escape sequence is. */
function within(parts: readonly Part[], columns: number, paint: Paint): string {
  let left = Math.max(columns - 1, 1);
  return parts
    .map(({ text, colour }) => {
      const characters = [...text];
      const shown = characters.slice(0, left).join('');
      left -= Math.min(characters.length, left);
      return shown !== '' && colour ? paint(colour, shown) : shown;
    })
    .join('')
    .trimEnd();
}

function stateColour(state: StepRecord['state'] | DeploymentRecord['state']): Part['colour'] {
  if (state === 'succeeded') return 'green';
  if (state === 'failed') return 'red';
  if (state === 'undone' || state === 'rolled-back') return 'yellow';
  return state === 'running' || state === 'queued' ? 'cyan' : 'dim';
}

type Signs = Readonly<Record<Exclude<StepRecord['state'], 'running'> | 'bar' | 'rest' | 'more', string>> & {
  readonly spinner: readonly string[];
};

const unicodeSigns: Signs = {
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  queued: '·',
  succeeded: '✔',
  failed: '✘',
  undone: '↩',
  skipped: '–',
  bar: '━',
  rest: '─',
  more: '…',
};

const asciiSigns: Signs = {
  spinner: ['|', '/', '-', '\\'],
  queued: '.',
  succeeded: '+',
  failed: 'x',
  undone: '<',
  skipped: '-',
  bar: '#',
  rest: '-',
  more: '...',
};
