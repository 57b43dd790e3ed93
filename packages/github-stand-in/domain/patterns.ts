/*
 * GitHub matches names and paths with four kinds of patterns, which look alike and differ: those of CODEOWNERS, of a
 * required reviewer's files, of workflows' filters, and of rulesets and environments. Each section has one of the first
 * three; the fourth is in packages/contract/ref-conditions.ts. Glob libraries implement none of them exactly:
 * CONTRIBUTING.md.
 */

// CODEOWNERS

/** Why a pattern of a CODEOWNERS file is invalid, with GitHub's suggestion if there is one. */
export interface PatternProblem {
  suggestion: string | null;
}

/**
 * Detects gitignore syntax that CODEOWNERS does not support, and patterns that never match; undefined for a valid
 * pattern.
 */
export function patternProblem(pattern: string): PatternProblem | undefined {
  if (pattern === "/") return { suggestion: "The pattern `/` will never match anything, did you mean `*` instead?" };
  const tripled = pattern.replace(/\*{3,}/g, "**");
  if (tripled !== pattern) return { suggestion: `Did you mean \`${tripled}\`?` };
  if (/^!|^\\#|[[\]]/.test(pattern)) return { suggestion: null };
  return undefined;
}

/**
 * The regular expression of a pattern, for paths from the root of the repository. As in gitignore, a slash at the start
 * or in the middle anchors it, a slash at the end makes it match folders only, and a match of a folder includes
 * everything below it. Unlike in gitignore, a last part `*` matches only files directly in that folder: `docs/*` does
 * not match `docs/build/guide.md`.
 */
export function codeOwnersExpression(pattern: string): RegExp {
  const isFolder = pattern.endsWith("/");
  const parts = pattern.replace(/^\//, "").replace(/\/$/, "").split("/");
  const isAnchored = pattern.startsWith("/") || parts.length > 1;
  const last = parts.length - 1;
  let source = isAnchored ? "^" : "^(?:.+/)?";
  for (const [at, part] of parts.entries()) {
    if (part === "**") {
      source += at === last ? ".+" : "(?:.+/)?";
      continue;
    }
    source += wildcards(part);
    if (at < last) source += "/";
    else if (isFolder) source += "/.+";
    else if (part !== "*") source += "(?:/.+)?";
  }
  return new RegExp(`${source}$`, "s");
}

function wildcards(part: string): string {
  return part.replace(/\\(.)|[*]+|[?]|[^*?\\]+|\\/gs, (token, escaped: string | undefined) => {
    if (escaped !== undefined) return literal(escaped);
    if (token.startsWith("*")) return "[^/]*";
    return token === "?" ? "[^/]" : literal(token);
  });
}

// Required reviewers

/**
 * Whether a file matches the patterns of a required reviewer: patterns as in a gitignore file, evaluated in order,
 * where `!` excludes what an earlier one included.
 */
export function matchesFiles(patterns: readonly string[], path: string): boolean {
  let matches = false;
  for (const pattern of patterns) {
    const isNegated = pattern.startsWith("!");
    if (codeOwnersExpression(isNegated ? pattern.slice(1) : pattern).test(path)) matches = !isNegated;
  }
  return matches;
}

// Filters of workflows

/**
 * Whether a list of GitHub's filter patterns matches a name. They are evaluated in order: a later one overrides an
 * earlier one, and `!` before a pattern excludes names again.
 */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  return patterns.reduce((taken, pattern) => {
    const isNegative = pattern.startsWith("!");
    return filterExpression(isNegative ? pattern.slice(1) : pattern).test(name) ? !isNegative : taken;
  }, false);
}

/**
 * Whether a name passes a pair of filters, such as `branches` and `branches-ignore`. Without either, every name passes.
 */
export function passes(
  name: string,
  wanted: readonly string[] | undefined,
  ignored: readonly string[] | undefined,
): boolean {
  if (wanted && !matchesPatterns(wanted, name)) return false;
  return !ignored || !matchesPatterns(ignored, name);
}

/** Whether a set of changed files passes the path filters: one file that passes is enough. */
export function passesPaths(
  files: readonly string[],
  wanted: readonly string[] | undefined,
  ignored: readonly string[] | undefined,
): boolean {
  if (!wanted && !ignored) return true;
  return files.some((file) => passes(file, wanted, ignored));
}

/**
 * GitHub's filter patterns: `*` does not match a slash, `**` does, `?` and `+` repeat the preceding character (zero or
 * one time; one or more times), `[a-z]` is a set, and a backslash escapes the next character.
 */
function filterExpression(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at);
    const set = /^\[[A-Za-z0-9_-]+\]/.exec(rest);
    if (rest.startsWith("**/")) {
      source += "(?:.*/)?";
      at += 2;
    } else if (rest.startsWith("**")) {
      source += ".*";
      at++;
    } else if (rest.startsWith("*")) source += "[^/]*";
    else if (set) {
      source += set[0];
      at += set[0].length - 1;
    } else if ((rest.startsWith("?") || rest.startsWith("+")) && at > 0) source += rest[0] ?? "";
    else if (rest.startsWith("\\") && rest.length > 1) source += literal(pattern[++at] ?? "");
    else source += literal(pattern[at] ?? "");
  }
  return new RegExp(`^${source}$`, "s");
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
