import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "../..");

/** A fenced block of shell commands in a document. */
export interface Block {
  /** Relative to the project. */
  readonly document: string;
  /** Of the line that opens the block; the document's first line is 1. */
  readonly line: number;
  /** The first command without its comment, which the table names the block by. */
  readonly name: string;
  /** The commands as a shell reads them. */
  readonly script: string;
  /** The lines that a command prints. */
  readonly output: readonly string[];
}

/** Fences whose content a reader types into a shell. */
const SHELL = /^(\s*)```(?:sh|bash|shell|console)\s*$/;
const PROMPT = "$ ";

/** Every block of shell commands in a document. */
export function blocksOf(document: string): Block[] {
  const lines = readFileSync(join(ROOT, document), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const [, indent] = SHELL.exec(line) ?? [];
    if (indent === undefined) return [];
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((each) => each.trim() === "```");
    return [{ document, line: index + 1, ...commandsOf(rest.slice(0, end).map((each) => each.slice(indent.length))) }];
  });
}

/** In a block with prompts, lines without one are output, except those that continue a command. */
function commandsOf(lines: readonly string[]): Pick<Block, "name" | "script" | "output"> {
  const hasPrompts = lines.some((line) => line.startsWith(PROMPT));
  const commands: string[] = [];
  const output: string[] = [];
  let continued = false;
  for (const line of lines) {
    const isCommand: boolean = continued || !hasPrompts || line.startsWith(PROMPT);
    (isCommand ? commands : output).push(line.startsWith(PROMPT) ? line.slice(PROMPT.length) : line);
    continued = isCommand && line.endsWith("\\");
  }
  return { name: (commands[0] ?? "").replace(/\s+#.*$/, ""), script: commands.join("\n"), output };
}

/** The keys of this program's settings that a document's YAML has. */
export function settingsOf(document: string): string[] {
  const text = readFileSync(join(ROOT, document), "utf8");
  return Array.from(text.matchAll(/^\s*```yaml$([^]*?)^\s*```$/gm)).flatMap(([, block = ""]) =>
    Array.from(block.matchAll(/\bgitops-platform:([\w-]+):/g), ([, key = ""]) => key),
  );
}

/** A command that a sentence names in backquotes. */
export interface Mention {
  readonly document: string;
  readonly command: string;
}

/** The commands of `programs` that the sentences of a document name. */
export function mentionsOf(document: string, programs: RegExp): Mention[] {
  const text = readFileSync(join(ROOT, document), "utf8").replace(/^\s*```[^]*?^\s*```/gm, "");
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, code = ""]) => ({
    document,
    command: code.replace(/\s+/g, " "),
  })).filter(({ command }) => programs.test(command));
}

/** All documents, without those of other projects and of test data. */
export function documents(): string[] {
  const skipped = /(^|\/)(node_modules|\.[^/]*|tests)(\/|$)/;
  return readdirSync(ROOT, { withFileTypes: true })
    .flatMap((entry) => {
      if (skipped.test(entry.name)) return [];
      if (!entry.isDirectory()) return [entry.name];
      return readdirSync(join(ROOT, entry.name), { recursive: true, encoding: "utf8" }).map(
        (file) => `${entry.name}/${file}`,
      );
    })
    .filter((file) => file.endsWith(".md") && !skipped.test(file))
    .sort();
}
