import { stripVTControlCharacters } from "node:util";

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
