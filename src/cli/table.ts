import { stripVTControlCharacters } from 'node:util';

/**
 * Columns two spaces apart, each as wide as its widest cell, nothing after the last one; empty without rows. Cells may be coloured, but for
 * the last of a row, which is cut where a line would be longer than `most` characters.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], most?: number): string {
  return rows.length === 0 ? '' : columns([head, ...rows], most);
}

/** The same without a head. */
export function columns(rows: readonly (readonly string[])[], most = Number.POSITIVE_INFINITY): string {
  const widths: number[] = [];
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  const room = most - widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0);
  const fitted = (cell: string, index: number) => (index === widths.length - 1 ? cut(cell, room) : cell);
  const line = (row: readonly string[]) =>
    row.map((cell, index) => fitted(cell, index) + ' '.repeat((widths[index] ?? 0) - width(cell))).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** Where nothing of it could be read the terminal may wrap it. */
function cut(cell: string, room: number): string {
  const characters = [...cell];
  return characters.length <= room || room < 10 ? cell : `${characters.slice(0, room - 1).join('')}…`;
}

const width = (cell: string) => [...stripVTControlCharacters(cell)].length;
