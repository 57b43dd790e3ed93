import { plain } from "./text";

/** One column of a table of rows. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Colours a cell that is cut and padded already. */
  readonly paint?: (cell: string, row: Row) => string;
  /** Where there is no room, columns of higher numbers go first; those without a number stay. */
  readonly optional?: number;
}

const GAP = "  ";

/**
 * The lines of a table, its columns aligned. Where it is wider than it may be, optional columns are left out, and then
 * the widest ones are cut, so that a row is always a line.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const all = columns.map((column) => ({
    column,
    cells: [column.title, ...rows.map((row) => plain(column.text(row)))],
  }));
  let shown = all.map(({ column, cells }) => ({
    column,
    cells,
    width: Math.max(...cells.map(({ length }) => length)),
  }));
  while (total(shown) > width) {
    const least = Math.max(...shown.map(({ column }) => column.optional ?? 0));
    if (least === 0) break;
    shown = shown.filter(({ column }) => column.optional !== least);
  }
  while (total(shown) > width) {
    const widest = Math.max(...shown.map((column) => column.width));
    if (widest <= 4) break;
    const last = shown.findLast((column) => column.width === widest);
    if (last) last.width -= 1;
  }
  return ["", ...rows].map((_, line) =>
    shown
      .map(({ column, cells, width: room }) => {
        const cell = fit(cells[line] ?? "", room);
        const row = rows[line - 1];
        return row === undefined || !column.paint ? cell : column.paint(cell, row);
      })
      .join(GAP)
      .trimEnd(),
  );
}

function total(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + GAP.length * (columns.length - 1);
}

function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
