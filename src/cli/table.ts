import { stripVTControlCharacters } from 'node:util';

/** Columns two spaces apart, each as wide as its widest cell, nothing after the last one; empty without rows. Cells may be coloured. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : columns([head, ...rows]);
}

/** The same without a head. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  const line = (row: readonly string[]) => row.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - width(cell))).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

const width = (cell: string) => [...stripVTControlCharacters(cell)].length;
