import { stripVTControlCharacters } from "node:util";

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Colours a cell, which is already cut and padded. */
  readonly paint?: (cell: string, row: Row) => string;
  /** If the table is too wide, columns are left out, the highest number first. Columns without a number stay. */
  readonly optional?: number;
}

const GAP = "  ";

/**
 * The lines of a table with aligned columns. If it is too wide, optional columns are left out and then the widest ones
 * are cut, so that each row is one line.
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

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Text from Git or GitHub on one line, without control characters and without characters that change the order of the
 * text: a commit message must not control the terminal.
 */
export function plain(text: string): string {
  return plainLine(text).trim();
}

/** The same, but keeps the indentation. */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
    .trimEnd();
}

/** How tables are printed. */
export interface PrintOptions {
  /** The maximum length of a line. */
  readonly width: number;
  readonly color: boolean;
}

/** The options for a stream and the environment's variables. */
export function printOptions(stream: Stream, env: NodeJS.ProcessEnv): PrintOptions {
  return { width: widthOf(stream, env), color: wantsColor(stream, env) };
}

/** The maximum width of a line: COLUMNS, else the terminal's width; unlimited if the output is not a terminal. */
export function widthOf(stream: Stream, env: NodeJS.ProcessEnv): number {
  const columns = Number(env.COLUMNS);
  if (Number.isInteger(columns) && columns > 0) return columns;
  return (stream.isTTY === true ? stream.columns : undefined) ?? Infinity;
}

/** Whether to use colours: only on terminals, and not with NO_COLOR (https://no-color.org). */
export function wantsColor(stream: Stream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

/** An image as tables show it: its tag; if it has none, the first characters of its digest. */
export function shortImage(image: string | null): string {
  if (image === null) return "–";
  const [tag = ""] = image.split("@");
  return tag === "" ? image.slice(0, "@sha256:".length + 7) : tag;
}

/** The change of an image. If only the digest differs, the first characters of both digests are shown. */
export function imageChange(from: string | null, to: string | null): string {
  const [before, after] = [shortImage(from), shortImage(to)];
  if (from === to) return after;
  if (before === after) return `${after} (${digest(from)} → ${digest(to)})`;
  return from === null ? after : `${before} → ${after}`;
}

function digest(image: string | null): string {
  return image?.split("@sha256:")[1]?.slice(0, 7) ?? "no digest";
}
