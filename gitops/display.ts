import { stripVTControlCharacters } from "node:util";

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

/** What is written to. */
interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Text from Git or GitHub on one line, without what a terminal would obey, or what would show it in another order than
 * it has: anyone who writes a commit message must not write on this screen.
 */
export function plain(text: string): string {
  return plainLine(text).trim();
}

/** The same for a line of a text whose indentation means something. */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
    .trimEnd();
}

/** How wide a line may be: COLUMNS, else the terminal's width; unlimited where a program reads. */
export function widthOf(stream: Stream, env: NodeJS.ProcessEnv): number {
  const columns = Number(env.COLUMNS);
  if (Number.isInteger(columns) && columns > 0) return columns;
  return (stream.isTTY === true ? stream.columns : undefined) ?? Infinity;
}

/** Whether to colour: on terminals only, and not against https://no-color.org. */
export function wantsColor(stream: Stream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

/**
 * An image as tables show it: the tag, for a digest is as wide as a terminal; where there is no tag, the digest's first
 * characters.
 */
export function shortImage(image: string | null): string {
  if (image === null) return "–";
  const [tag = ""] = image.split("@");
  return tag === "" ? image.slice(0, "@sha256:".length + 7) : tag;
}

/** What an image became. Where only the digest differs, the digests' first characters tell the two apart. */
export function imageChange(from: string | null, to: string | null): string {
  const [before, after] = [shortImage(from), shortImage(to)];
  if (from === to) return after;
  if (before === after) return `${after} (${digest(from)} → ${digest(to)})`;
  return from === null ? after : `${before} → ${after}`;
}

function digest(image: string | null): string {
  return image?.split("@sha256:")[1]?.slice(0, 7) ?? "no digest";
}
