/** What decides whether a ruleset applies to a ref. */
export interface RefConditions {
  readonly target: "branch" | "tag";
  readonly conditions: {
    readonly ref_name: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  };
}

/**
 * Whether a ruleset applies to a ref (a full name). `include` and `exclude` contain patterns of full names, `~ALL` and,
 * for branches, `~DEFAULT_BRANCH`. At least one pattern of `include` must match, and none of `exclude`.
 */
export function appliesTo(ruleset: RefConditions, ref: string, defaultBranch: string): boolean {
  const folder = ruleset.target === "branch" ? "refs/heads/" : "refs/tags/";
  if (!ref.startsWith(folder)) return false;
  const matches = (pattern: string) => {
    if (pattern === "~ALL") return true;
    if (pattern === "~DEFAULT_BRANCH") return ref === `refs/heads/${defaultBranch}`;
    return fnmatch(pattern.startsWith("refs/") ? pattern : `${folder}${pattern}`, ref);
  };
  const { include, exclude } = ruleset.conditions.ref_name;
  return include.some(matches) && !exclude.some(matches);
}

/**
 * Whether a name matches a pattern of a ruleset. GitHub documents the rules of Ruby's `File.fnmatch` with FNM_PATHNAME:
 * `*` and `?` do not match a slash, `**` followed by a slash matches any number of folders (except those that start
 * with a dot), `[a-z]` and `[^a-z]` are sets, and a backslash escapes the next character.
 */
export function fnmatch(pattern: string, name: string): boolean {
  return regularExpression(pattern).test(name);
}

function regularExpression(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at);
    const isStart = at === 0 || pattern[at - 1] === "/";
    const set = /^\[([!^]?)((?:\\.|[^\]\\])+)\]/.exec(rest);
    if (isStart && rest.startsWith("**/")) {
      source += "(?:(?!\\.)[^/]+/)*";
      at += 2;
    } else if (rest.startsWith("*")) {
      source += isStart ? "(?!\\.)[^/]*" : "[^/]*";
      while (pattern[at + 1] === "*") at++;
    } else if (rest.startsWith("?")) source += isStart ? "(?!\\.)[^/]" : "[^/]";
    else if (set) {
      source += `(?!/)[${set[1] === "" ? "" : "^"}${(set[2] ?? "").replace(/[[\\\]^]/g, (char) => `\\${char}`)}]`;
      at += set[0].length - 1;
    } else if (rest.startsWith("\\") && rest.length > 1) source += escape(pattern[++at] ?? "");
    else source += escape(pattern[at] ?? "");
  }
  return new RegExp(`^${source}$`, "s");
}

function escape(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
