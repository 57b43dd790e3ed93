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
export function patternExpression(pattern: string): RegExp {
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

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
