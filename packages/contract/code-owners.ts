import { DECLARATION_SCHEMA_PATH, DELIVERY, SERVICES } from "./catalogue";

/** One line of a CODEOWNERS file. */
export interface CodeOwnersRule {
  /** `*`, or a path from the root, such as `/charts/`, which includes everything below it. */
  readonly pattern: string;
  /** GitHub users, and teams as `<organisation>/<team>`. One owner's approval is enough. */
  readonly owners: readonly string[];
}

/** The code owners on `main`. */
export interface MainOwners {
  /** Owners of everything except values. They always own {@link PLATFORM_PATHS}. */
  readonly platformTeam: readonly string[];
  /** Additional owners by path from the root, for approvals besides the one on `env/<name>`. */
  readonly codeOwners: Readonly<Record<string, readonly string[]>>;
}

/**
 * The paths that the platform team always owns on `main`. Charts determine what is rendered from values, and the rules
 * determine which values are valid. The catalogue determines which namespaces, teams and services there are. `.github/`
 * has CODEOWNERS, and the workflows, which have access to the platform's
 * keys, with everything they call.
 */
export const PLATFORM_PATHS: readonly string[] = [
  "/charts/",
  "/gitops.yaml",
  "/gitops.schema.json",
  `/${SERVICES}/`,
  `/${DELIVERY}/`,
  `/${DECLARATION_SCHEMA_PATH}`,
  "/.github/",
];

/** The same as a ruleset's patterns, which know no folders. */
export const PLATFORM_FILES: readonly string[] = PLATFORM_PATHS.map(
  (path) => `${path.slice(1)}${path.endsWith("/") ? "**" : ""}`,
);

/**
 * Only `environments/`, which CI writes, has no owner by default; every other file has one. The last matching rule
 * applies, so the platform's rules come last.
 */
export function mainCodeOwners({ platformTeam, codeOwners }: MainOwners): CodeOwnersRule[] {
  return [
    { pattern: "*", owners: platformTeam },
    { pattern: "/environments/", owners: [] },
    ...Object.entries(codeOwners).map(([pattern, owners]) => ({ pattern, owners })),
    ...PLATFORM_PATHS.map((pattern) => ({ pattern, owners: platformTeam })),
  ];
}

/** The rule that applies to a path; undefined if none matches. */
export function decidingRule(rules: readonly CodeOwnersRule[], path: string): CodeOwnersRule | undefined {
  return rules.findLast(({ pattern }) => matches(pattern, path));
}

/** Parses a CODEOWNERS file into rules, in its order; owners without their `@`. */
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
 * Whether a pattern matches a path, by GitHub's rules. A pattern without a slash, except at its end, matches in any
 * folder. `*` matches within a folder, `**` across folders. A folder includes everything below it, unless a final `*`
 * matched it.
 * https://docs.github.com/articles/about-code-owners
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
