/**
 * Whether a list of GitHub's filter patterns takes a name. They are read in order: a later one overrules an earlier
 * one, and `!` before a pattern takes names out again.
 */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  return patterns.reduce((taken, pattern) => {
    const isNegative = pattern.startsWith("!");
    return expression(isNegative ? pattern.slice(1) : pattern).test(name) ? !isNegative : taken;
  }, false);
}

/** Whether filters of a name (`branches` and `branches-ignore`, say) let it pass; without either, every name does. */
export function passes(
  name: string,
  wanted: readonly string[] | undefined,
  ignored: readonly string[] | undefined,
): boolean {
  if (wanted && !matchesPatterns(wanted, name)) return false;
  return !ignored || !matchesPatterns(ignored, name);
}

/**
 * Whether filters of paths let a set of changed files pass: one that is wanted is enough, one that is not ignored too.
 */
export function passesPaths(
  files: readonly string[],
  wanted: readonly string[] | undefined,
  ignored: readonly string[] | undefined,
): boolean {
  if (!wanted && !ignored) return true;
  return files.some((file) => passes(file, wanted, ignored));
}

/**
 * A pattern as GitHub describes them: `*` stops at a slash, `**` does not, `?` and `+` repeat the character before
 * (none or one; one or more), `[a-z]` is a set, a backslash takes the next character as it is.
 */
function expression(pattern: string): RegExp {
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
    else if (rest.startsWith("\\") && rest.length > 1) source += escape(pattern[++at] ?? "");
    else source += escape(pattern[at] ?? "");
  }
  return new RegExp(`^${source}$`, "s");
}

function escape(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
