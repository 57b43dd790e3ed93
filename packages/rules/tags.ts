import { digestProblem, type Version } from "@gitops-platform/contract/values/image";
import type { Entry } from "./entry";

/** Which tags identify one build. */
export interface TagRules {
  readonly kinds: ReadonlySet<TagKind>;
  /** The platform team's own patterns. Each matches a whole tag. */
  readonly patterns: readonly RegExp[];
}

/** Reads the section `tags`. All kinds are permitted by default. */
export function readTags(section: Entry | undefined): TagRules {
  const { kinds, patterns } = section?.keys(["kinds", "patterns"]) ?? {};
  const switches = kinds?.keys(TAG_KINDS) ?? {};
  const entries = patterns?.list('Write "release-[0-9]{4}".') ?? [];
  return {
    kinds: new Set(TAG_KINDS.filter((kind) => switches[kind]?.flag() !== false)),
    patterns: entries.flatMap(patternOf),
  };
}

function patternOf(entry: Entry): RegExp[] {
  const text = entry.text("a pattern, as text", "Write it in quotes.");
  const reading = text === undefined ? undefined : readTagPattern(text);
  if (reading && !reading.pattern) entry.problem(reading.expected, reading.fix);
  return reading?.pattern ? [reading.pattern] : [];
}

/** Why a version could later refer to another build; undefined if it cannot. With a digest, any tag is permitted. */
export function movingProblem({ tag, digest }: Version, { kinds, patterns }: TagRules): string | undefined {
  if (digest !== undefined && digestProblem(digest) === undefined) return undefined;
  if (kindsOf(tag).some((kind) => kinds.has(kind)) || patterns.some((pattern) => pattern.test(tag))) return undefined;
  const own = patterns.length > 0 ? ["one of tags.patterns in gitops.yaml"] : [];
  const known = [...TAG_KINDS.filter((kind) => kinds.has(kind)).map((kind) => EXAMPLES[kind]), ...own];
  const got = tag === "" ? "nothing" : JSON.stringify(tag);
  return (
    `tag: got ${got}; expected the tag of one build: ${known.join(", ") || "none is"}. ` +
    "Under a tag that can move Git would not say what runs. Give the image such a tag, or its digest; " +
    "the platform team says in gitops.yaml what counts."
  );
}

/** The known kinds of tags that identify one build. */
const TAG_KINDS = ["commit", "version", "two-part-version", "build-number", "date"] as const;
type TagKind = (typeof TAG_KINDS)[number];

/** An example of each, for messages. */
const EXAMPLES: Readonly<Record<TagKind, string>> = {
  commit: "a commit (sha-a1b2c3d)",
  version: "a version (v1.4.2)",
  "two-part-version": "a version of two parts (v1.10)",
  "build-number": "a build's number (build-1234)",
  date: "a date (2024-01-15)",
};

/** Names of branches, channels and repeated builds. A tag with such a name is later used for another build. */
const MOVING_WORDS: readonly string[] = [
  ...["latest", "snapshot", "nightly", "daily", "weekly", "dirty", "wip", "local"],
  ...["main", "master", "trunk", "head", "tip", "dev", "devel", "develop", "development"],
  ...["edge", "canary", "next", "unstable", "testing", "stable", "current", "rolling", "x"],
];

const WORD = `(?<![a-z])(?:${MOVING_WORDS.join("|")})(?![a-z])`;
/** A moving word, unless a number or a commit after it identifies the build, as in `1.5.0-canary.3`. */
const MOVES = new RegExp(`${WORD}(?![-_.]?(?:\\d+|g?[0-9a-f]{7,64})(?![a-z0-9]))`, "i");
const MOVING_PREFIX = new RegExp(WORD, "i");

const PREFIX = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*[-._])?/.source;
const VERSION =
  /^(?<prefix>(?:[a-z0-9_][a-z0-9_.-]*?[-._])??)v?\d+\.\d+(?<third>\.\d+)?(?<suffix>(?:[-_.][a-z0-9][a-z0-9_.-]*)?)$/i;
const COMMIT = new RegExp(`${PREFIX}[0-9a-f]{7,64}$`);
/** A number with less than three digits is usually a major version, which moves: `node:22`. */
const BUILD_NUMBER = new RegExp(`${PREFIX}(?:(?:build|bld|ci|run|job|pipeline|rev|b|r)[-._]?\\d+|\\d{3,})$`, "i");
const DATE = new RegExp(
  `${PREFIX}v?(?:19|20)\\d\\d([-._]?)(?:0[1-9]|1[0-2])\\1(?:0[1-9]|[12]\\d|3[01])\\d*(?:[-._T]\\d+)*Z?$`,
);

/** The kinds of a tag. A version with a moving word before or after it has none. */
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

/** A pattern for tags; or what was expected instead, and how to fix it. */
export type PatternReading =
  { readonly pattern: RegExp } | { readonly pattern?: undefined; readonly expected: string; readonly fix: string };

/** A part of a pattern: a number of characters from a set. */
interface Piece {
  readonly source: string;
  readonly characters: ReadonlySet<string>;
  readonly min: number;
  readonly max: number;
}

const LONGEST = 200;
const FIX = "See the examples in gitops-repo/README.md.";

/**
 * Parses a subset of regular expressions: characters, classes and counts. The end of each part must be unambiguous, so
 * that matching takes linear time. The pattern matches the whole tag.
 */
export function readTagPattern(text: string): PatternReading {
  if (text.length > LONGEST) return { expected: `at most ${LONGEST} characters`, fix: "Write two patterns." };
  const pieces: Piece[] = [];
  let rest = text.replace(/^\^/, "").replace(/\$$/, "");
  while (rest !== "") {
    const piece = firstPiece(rest);
    if (!piece) {
      const expected = "letters, digits, - _ \\., classes such as [0-9a-f] and counts such as + or {4,8}";
      return { expected: `${expected}, not ${JSON.stringify(rest)}`, fix: FIX };
    }
    pieces.push(piece);
    rest = rest.slice(piece.source.length);
  }
  const unclear = pieces.find((piece, index) => isUnclear(piece, pieces.slice(index + 1)));
  if (unclear) {
    const expected = `something else behind ${unclear.source} than it takes itself: where it ends must be clear`;
    return { expected, fix: "Give it a fixed count, or put a separator behind it." };
  }
  if (!pieces.some(counts)) {
    const expected = "something that counts: a class of digits, or 7 or more of a class with digits";
    return { expected, fix: "A tag without it is the name of many builds." };
  }
  // Built from the parsed characters, because JavaScript reads some classes with "-" differently.
  const pattern = new RegExp(`^(?:${pieces.map(expressionOf).join("")})$`);
  const moving = MOVING_TAGS.find((tag) => pattern.test(tag));
  if (moving === undefined) return { pattern };
  return {
    expected: `none that takes ${JSON.stringify(moving)}, which moves`,
    fix: "Write more of what all tags have.",
  };
}

/** The regular expression of a piece. */
function expressionOf({ characters, min, max }: Piece): string {
  const set = [...characters].map((character) => character.replace(/[-.]/, "\\$&")).join("");
  return `[${set}]{${min},${max === Infinity ? "" : max}}`;
}

const PIECE =
  /^(?:\[(?<set>[A-Za-z0-9_.-]+)\]|\\(?<escaped>[.d-])|(?<plain>[A-Za-z0-9_-]))(?<count>[?+*]|\{\d{1,3}(?:,(?:\d{1,3})?)?\})?/;

function firstPiece(text: string): Piece | undefined {
  const match = PIECE.exec(text);
  const { set, escaped, plain, count = "{1}" } = match?.groups ?? {};
  const single = escaped === "d" ? DIGITS : (plain ?? escaped);
  const characters = set === undefined ? new Set(single) : charactersOf(set);
  const [min, max] = boundsOf(count);
  if (!match || !characters || min > max) return undefined;
  return { source: match[0], characters, min, max };
}

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const ROWS = [DIGITS, LETTERS, LETTERS.toUpperCase()];

/** The characters of a class; undefined if it has a range of other characters than digits or letters. */
function charactersOf(set: string): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  for (const [part, from, to] of set.matchAll(/([A-Za-z0-9_.])-([A-Za-z0-9_.])|./g)) {
    if (from === undefined || to === undefined) {
      found.add(part);
      continue;
    }
    const row = ROWS.find((each) => each.includes(from) && each.includes(to));
    if (row === undefined || row.indexOf(from) > row.indexOf(to)) return undefined;
    for (const character of row.slice(row.indexOf(from), row.indexOf(to) + 1)) found.add(character);
  }
  return found;
}

function boundsOf(count: string): [min: number, max: number] {
  if (count === "?") return [0, 1];
  if (count === "+" || count === "*") return [count === "+" ? 1 : 0, Infinity];
  const [, min = "", comma, max] = /^\{(\d+)(,)?(\d+)?\}$/.exec(count) ?? [];
  return [Number(min), comma === undefined ? Number(min) : max === undefined ? Infinity : Number(max)];
}

/** Whether a piece of variable length may be followed by a character that it matches itself. */
function isUnclear({ characters, min, max }: Piece, after: readonly Piece[]): boolean {
  if (min === max) return false;
  for (const next of after) {
    if ([...next.characters].some((character) => characters.has(character))) return true;
    if (next.min > 0) return false;
  }
  return false;
}

function counts({ characters, min }: Piece): boolean {
  const all = [...characters];
  const isDigits = all.length > 1 && all.every((character) => DIGITS.includes(character));
  return (isDigits && min > 0) || (min >= 7 && all.some((character) => DIGITS.includes(character)));
}

const WORDS = [...MOVING_WORDS, "release", "production", "staging", "preview", "experimental"];
/** Moving tags in common forms. A pattern that matches one of them matches too much. */
const MOVING_TAGS = [
  ...["0", "1", "v1", "12", "v12"],
  ...WORDS.flatMap((word) => [
    word,
    word.toUpperCase(),
    `1.4.2-${word}`,
    `1.4.2-${word.toUpperCase()}`,
    `v1.4-${word}`,
  ]),
];
