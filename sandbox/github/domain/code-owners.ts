import { patternExpression, patternProblem } from "./patterns";

/** A line of a CODEOWNERS file that assigns owners to a pattern. */
export interface OwnerRule {
  /** From 1. */
  line: number;
  source: string;
  pattern: string;
  expression: RegExp;
  /** As written: `@user`, `@org/team` or an e-mail address. Empty: matching files have no owner. */
  owners: OwnerMention[];
}

/** An owner and its position in the line. */
export interface OwnerMention {
  text: string;
  /** From 1. */
  column: number;
}

/** An error in a CODEOWNERS file; GitHub skips the line. */
export interface OwnersError {
  line: number;
  column: number;
  kind: "Invalid pattern" | "Invalid owner" | "Unknown owner";
  source: string;
  suggestion: string | null;
}

/** Largest file that GitHub reads, in bytes. */
export const MAX_FILE = 3 * 1024 * 1024;
/** Where the file can be; the first one that exists is used. */
export const LOCATIONS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

const OWNER = /^@[A-Za-z0-9][A-Za-z0-9-]*(?:\/[A-Za-z0-9_.-]+)?$|^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+$/;

/** The rules of a CODEOWNERS file, in order, and its errors. Owners are not resolved. */
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

/** The words of a line before its comment. A backslash escapes the following space. */
function tokens(source: string): OwnerMention[] {
  const words = [...source.matchAll(/(?:\\.|[^\s\\]|\\$)+/g)].map((match) => ({
    text: match[0],
    column: match.index + 1,
  }));
  const comment = words.findIndex(({ text }) => text.startsWith("#"));
  return comment < 0 ? words : words.slice(0, comment);
}

/** The rule that determines a file's owners: the last one that matches it. */
export function ruleFor(rules: readonly OwnerRule[], path: string): OwnerRule | undefined {
  return rules.findLast((rule) => rule.expression.test(path));
}
