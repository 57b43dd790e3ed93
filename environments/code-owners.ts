/** One line of a CODEOWNERS file. */
export interface CodeOwnersRule {
  /** `*`, or a path from the root: `/charts/` with all below it. */
  readonly pattern: string;
  /** GitHub users, and teams as `<organisation>/<team>`. Any one of them is enough. */
  readonly owners: readonly string[];
}

/** Who answers for what on `main`. */
export interface MainOwners {
  /** Owners of everything but values, and last of what everything else trusts: {@link PLATFORM_PATHS}. */
  readonly platformTeam: readonly string[];
  /** Further owners by path from the root, for gates besides the one at `env/<name>`. */
  readonly codeOwners: Readonly<Record<string, readonly string[]>>;
}

/**
 * What the platform team owns on `main`: charts decide what values become; the rules decide what
 * values may be; below `.github/` are the workflows, which
 * hold the platform's keys, whatever they call, and CODEOWNERS itself.
 */
export const PLATFORM_PATHS: readonly string[] = ["/charts/", "/gitops.yaml", "/gitops.schema.json", "/.github/"];

/** The same as a ruleset's patterns, which know no folders. */
export const PLATFORM_FILES: readonly string[] = PLATFORM_PATHS.map(
  (path) => `${path.slice(1)}${path.endsWith("/") ? "**" : ""}`,
);

/**
 * Without an owner is what CI writes, environments/, and nothing else: a file that nobody thought of has one. Of
 * several rules the last that matches decides, so the platform's come last.
 */
export function mainCodeOwners({ platformTeam, codeOwners }: MainOwners): CodeOwnersRule[] {
  return [
    { pattern: "*", owners: platformTeam },
    { pattern: "/environments/", owners: [] },
    ...Object.entries(codeOwners).map(([pattern, owners]) => ({ pattern, owners })),
    ...PLATFORM_PATHS.map((pattern) => ({ pattern, owners: platformTeam })),
  ];
}

/** The rule that decides about a path; undefined where none matches. */
export function decidingRule(rules: readonly CodeOwnersRule[], path: string): CodeOwnersRule | undefined {
  return rules.findLast(({ pattern }) => matches(pattern, path));
}

/** The rules of a CODEOWNERS file's text, in its order; owners without their `@`. */
export function parseCodeOwners(text: string): CodeOwnersRule[] {
  return text
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [pattern = "", ...owners] = line.split(/\s+/);
      return { pattern, owners: owners.map((owner) => owner.replace(/^@/, "")) };
    });
}

/**
 * Whether a pattern matches a path, as GitHub matches it: one without a slash before its end matches in any folder, `*`
 * stays within a folder, `**` does not, a folder stands for all below it, but for one that a last `*` matches.
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export function matches(pattern: string, path: string): boolean {
  if (pattern === "*") return true;
  const isAnchored = pattern.slice(0, -1).includes("/");
  const body = (isAnchored ? pattern.replace(/^\//, "") : `**/${pattern}`)
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => WILDCARDS[part] ?? part.replace(/[\\^$.|+()[\]{}]/g, "\\$&"))
    .join("");
  const below = pattern.endsWith("/") ? ".+" : pattern.endsWith("/*") ? "" : "(/.+)?";
  return new RegExp(`^${body}${below}$`).test(path);
}

const WILDCARDS: Partial<Record<string, string>> = { "**/": "(.+/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };
