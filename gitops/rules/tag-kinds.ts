/** The ways to name one build that are known here. */
export const TAG_KINDS = ["commit", "version", "two-part-version", "build-number", "date"] as const;
export type TagKind = (typeof TAG_KINDS)[number];

/** An example of each, for messages. */
export const EXAMPLES: Readonly<Record<TagKind, string>> = {
  commit: "a commit (sha-a1b2c3d)",
  version: "a version (v1.4.2)",
  "two-part-version": "a version of two parts (v1.10)",
  "build-number": "a build's number (build-1234)",
  date: "a date (2024-01-15)",
};

/** Names of branches, channels and repeated builds: what is built under one of them is built again. */
export const MOVING_WORDS: readonly string[] = [
  ...["latest", "snapshot", "nightly", "daily", "weekly", "dirty", "wip", "local"],
  ...["main", "master", "trunk", "head", "tip", "dev", "devel", "develop", "development"],
  ...["edge", "canary", "next", "unstable", "testing", "stable", "current", "rolling", "x"],
];

const WORD = `(?<![a-z])(?:${MOVING_WORDS.join("|")})(?![a-z])`;
/** A moving word, unless a number or a commit behind it says which of its builds it is: `1.5.0-canary.3`. */
const MOVES = new RegExp(`${WORD}(?![-_.]?(?:\\d+|g?[0-9a-f]{7,64})(?![a-z0-9]))`, "i");
const MOVING_PREFIX = new RegExp(WORD, "i");

const PREFIX = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*[-._])?/.source;
const VERSION =
  /^(?<prefix>(?:[a-z0-9_][a-z0-9_.-]*?[-._])??)v?\d+\.\d+(?<third>\.\d+)?(?<suffix>(?:[-_.][a-z0-9][a-z0-9_.-]*)?)$/i;
const COMMIT = new RegExp(`${PREFIX}[0-9a-f]{7,64}$`);
/** Below three digits a number by itself is mostly a major version, which moves: `node:22`. */
const BUILD_NUMBER = new RegExp(`${PREFIX}(?:(?:build|bld|ci|run|job|pipeline|rev|b|r)[-._]?\\d+|\\d{3,})$`, "i");
const DATE = new RegExp(
  `${PREFIX}v?(?:19|20)\\d\\d([-._]?)(?:0[1-9]|1[0-2])\\1(?:0[1-9]|[12]\\d|3[01])\\d*(?:[-._T]\\d+)*Z?$`,
);

/**
 * Which kinds of tag a tag is. A version with a word that moves is none, whether the word stands before it or behind
 * it.
 */
export function kindsOf(tag: string): TagKind[] {
  return [
    ...(COMMIT.test(tag) ? (["commit"] as const) : []),
    ...versionKind(tag),
    ...(BUILD_NUMBER.test(tag) ? (["build-number"] as const) : []),
    ...(DATE.test(tag) ? (["date"] as const) : []),
  ];
}

function versionKind(tag: string): TagKind[] {
  const parts = VERSION.exec(tag)?.groups;
  if (!parts || MOVING_PREFIX.test(parts.prefix ?? "") || MOVES.test(parts.suffix ?? "")) return [];
  return [parts.third === undefined ? "two-part-version" : "version"];
}
