import { MOVING_WORDS } from "./tag-kinds";

/** A pattern of the platform team's own for tags; or why it cannot be one, as what was expected and the way out. */
export type PatternReading =
  { readonly pattern: RegExp } | { readonly pattern?: undefined; readonly expected: string; readonly fix: string };

/** So much of a pattern: characters of a set, so many of them. */
interface Piece {
  readonly source: string;
  readonly characters: ReadonlySet<string>;
  readonly min: number;
  readonly max: number;
}

const LONGEST = 200;
const FIX = "See the examples in gitops-repo/README.md.";

/**
 * Reads a small part of regular expressions: characters, classes and counts, one after the other. Where one ends is
 * never in doubt, so that matching takes no more time than the tag is long. It stands for the whole tag.
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
  // From the characters that were analysed: JavaScript reads some classes with "-" differently.
  const pattern = new RegExp(`^(?:${pieces.map(expressionOf).join("")})$`);
  const moving = MOVING_TAGS.find((tag) => pattern.test(tag));
  if (moving === undefined) return { pattern };
  return {
    expected: `none that takes ${JSON.stringify(moving)}, which moves`,
    fix: "Write more of what all tags have.",
  };
}

/** A piece as a regular expression. */
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

/** What a class has; undefined where a range in it is none of digits or of letters. */
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

/** Whether a piece of no fixed length may be followed by what it could take as well. */
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
/** Names that move, as they are seen: a pattern that takes one of them takes too much. */
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
