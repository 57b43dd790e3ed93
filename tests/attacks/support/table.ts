import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Actor } from "./actors";

/** The weakness that attacks of a class have in common. Each class has a file of its own. */
export type AttackClass =
  | "names that decide"
  | "verdicts that travel"
  | "nobody is somebody"
  | "two readers"
  | "what is applied"
  | "stopped is not healthy"
  | "endpoints"
  | "credentials"
  | "catalogue";

/** The promised outcome of an attack. */
export type Expected = "refused" | "reverted" | "alerted" | "reported" | "without effect" | "refused, or read alike";

/** The outcome of one attack. */
export interface Row {
  readonly attack: string;
  readonly class: AttackClass;
  readonly by: Actor;
  readonly expected: Expected;
  /** The promised outcome, or the attack succeeded, or the test failed for another reason and is inconclusive. */
  readonly happened: Expected | "succeeded" | "inconclusive";
  /** What refused, reverted or reported it, or how it succeeded. */
  readonly detail: string;
}

const WIDTH = 80;

const rows: Row[] = [];

export function record(row: Row): void {
  rows.push(row);
}

/** Prints the outcome of every attack, 80 columns wide, and writes attacks.json and attacks.md to a folder. */
export function closeTable(folder: string): void {
  if (rows.length === 0) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "attacks.json"), `${JSON.stringify(rows, undefined, 2)}\n`);
  writeFileSync(join(folder, "attacks.md"), markdown(rows));
  process.stdout.write(text(rows));
}

/** The table for terminals. Exported for its test. */
export function text(all: readonly Row[]): string {
  const groups = Map.groupBy(all, (row) => row.class);
  const lines = [...groups].flatMap(([name, found]) => [
    "",
    `${name} (${found.length})`,
    ...found.flatMap(({ attack, by, happened, expected, detail }) => [
      ...wrapped(`${isHeld({ happened, expected }) ? "✓" : "✗"} ${by}: ${attack}`, "  ", "    "),
      ...wrapped(`${happened}${happened === expected ? "" : `, not ${expected}`}: ${detail}`, "    ", "      "),
    ]),
  ]);
  return `${[...lines, "", total(all)].join("\n")}\n`;
}

/** The table in Markdown. Exported for its test. */
export function markdown(all: readonly Row[]): string {
  const cell = (value: string) => value.replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const lines = all.map((row) =>
    [row.attack, row.class, row.by, row.expected, row.happened, row.detail].map(cell).join(" | "),
  );
  const head = "| attack | class | by | expected | outcome | details |\n| --- | --- | --- | --- | --- | --- |";
  return `${head}\n${lines.map((line) => `| ${line} |`).join("\n")}\n\n${total(all)}\n`;
}

function total(all: readonly Row[]): string {
  const held = all.filter(isHeld).length;
  const succeeded = all.filter(({ happened }) => happened === "succeeded").length;
  const inconclusive = all.length - held - succeeded;
  return `${all.length} attacks: ${held} held, ${succeeded} succeeded, ${inconclusive} inconclusive`;
}

function isHeld({ happened, expected }: Pick<Row, "happened" | "expected">): boolean {
  return happened === expected;
}

/** Wraps a string at {@link WIDTH} columns. A longer word is cut. */
function wrapped(text: string, first: string, rest: string): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(/\s+/)) {
    const isEmpty = line.trim() === "";
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = rest + word;
    } else {
      line += (isEmpty ? "" : " ") + word;
    }
    if (line.length > WIDTH) line = `${line.slice(0, WIDTH - 1)}…`;
  }
  return [...lines, line];
}
