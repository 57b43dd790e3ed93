import { patternExpression, patternProblem } from "./pattern";

/** One line of a CODEOWNERS file that says who owns what. */
export interface OwnerRule {
  /** From 1. */
  line: number;
  source: string;
  pattern: string;
  expression: RegExp;
  /** As written: `@user`, `@org/team` or an address. None: what matches has no owner. */
  owners: OwnerMention[];
}

/** An owner where it stands in its line. */
export interface OwnerMention {
  text: string;
  /** From 1. */
  column: number;
}

/** A mistake in a CODEOWNERS file; GitHub skips the line. */
export interface OwnersError {
  line: number;
  column: number;
  kind: "Invalid pattern" | "Invalid owner" | "Unknown owner";
  source: string;
  suggestion: string | null;
}

/** Largest file that GitHub reads, in bytes. */
export const MAX_FILE = 3 * 1024 * 1024;
/** Where the file may be; the first one that is there counts. */
export const LOCATIONS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

const OWNER = /^@[A-Za-z0-9][A-Za-z0-9-]*(?:\/[A-Za-z0-9_.-]+)?$|^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+$/;

/** The rules of a CODEOWNERS file, in its order, and its mistakes. Who the owners are is not looked up. */
export function parseCodeowners(text: string): { rules: OwnerRule[]; errors: OwnersError[] } {
  const rules: OwnerRule[] = [];
  const errors: OwnersError[] = [];
  for (const [at, source] of text.split(/\r?\n/).entries()) {
    const [first, ...rest] = tokens(source);
    if (!first) continue;
    const line = at + 1;
    const problem = patternProblem(first.text);
    if (problem) {
      errors.push({ line, column: first.column, kind: "Invalid pattern", source, suggestion: problem.suggestion });
      continue;
    }
    const bad = rest.filter((owner) => !OWNER.test(owner.text));
    for (const { column } of bad) errors.push({ line, column, kind: "Invalid owner", source, suggestion: null });
    if (bad.length > 0) continue;
    rules.push({ line, source, pattern: first.text, expression: patternExpression(first.text), owners: rest });
  }
  return { rules, errors };
}

/** The words of a line up to its comment. A backslash keeps the space behind it in the word. */
function tokens(source: string): OwnerMention[] {
  const words = [...source.matchAll(/(?:\\.|[^\s\\]|\\$)+/g)].map((match) => ({
    text: match[0],
    column: match.index + 1,
  }));
  const comment = words.findIndex(({ text }) => text.startsWith("#"));
  return comment < 0 ? words : words.slice(0, comment);
}

/** The rule that says who owns a file: the last one that matches it. */
export function ruleFor(rules: readonly OwnerRule[], path: string): OwnerRule | undefined {
  return rules.findLast((rule) => rule.expression.test(path));
}
