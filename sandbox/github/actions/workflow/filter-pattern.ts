/**
 * Whether a list of GitHub's filter patterns matches a name. They are evaluated in order: a later one overrides an
 * earlier one, and `!` before a pattern excludes names again.
 */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  return patterns.reduce((taken, pattern) => {
    const isNegative = pattern.startsWith("!");
    return expression(isNegative ? pattern.slice(1) : pattern).test(name) ? !isNegative : taken;
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
