import fc from "fast-check";

/**
 * Texts that YAML parsers may read differently: a description, the text, what this program's parser reads, and what
 * Helm reads, both as JSON; undefined if Helm refuses the text, and several results where chance decides. Both read
 * some of them in the same way today, but other parsers or versions do not.
 */
export const TRAPS: readonly [what: string, text: string, ours: string, ...helm: (string | undefined)[]][] = [
  [
    "a line separator in a comment",
    "image:\n  tag: x # CI\u2028  digest: y\n",
    '{"image":{"tag":"x"}}',
    '{"image":{"digest":true,"tag":"x"}}',
  ],
  ["a paragraph separator in a comment", "a: 1 # CI\u2029b: 2\n", '{"a":1}', '{"a":1,"b":2}'],
  ["a next line in a comment", "a: 1 # CI\u0085b: 2\n", '{"a":1}', '{"a":1,"b":2}'],
  ["a carriage return in a comment", "a: 1 # CI\rb: 2\n", '{"a":1}', '{"a":1,"b":2}'],
  ["a line separator in plain text", "a: x\u2028b: y\n", '{"a":{"x\u2028b":"y"}}', '{"a":"x","b":true}'],
  ["a byte order mark at the start", "\ufeffa: 1\n", '{"a":1}', '{"a":1}'],
  ["a byte order mark inside", "a: x\ufeffy\n", '{"a":"x\ufeffy"}', '{"a":"x\ufeffy"}'],
  ["a control character", "a: x\u0007y\n", '{"a":"x\\u0007y"}', undefined],
  ["a delete character", 'a: "x\u007fy"\n', '{"a":"x\u007fy"}', undefined],
  ["text that shows in another order", "a: x # \u202e y\n", '{"a":"x"}', '{"a":"x"}'],
  ["a merge key behind the keys", "a: {b: 1, <<: {b: 2}}\n", '{"a":{"b":1,"<<":{"b":2}}}', '{"a":{"b":2}}'],
  ["a merge key before the keys", "a: {<<: {b: 2}, c: 1}\n", '{"a":{"<<":{"b":2},"c":1}}', '{"a":{"b":2,"c":1}}'],
  ["a merge key in quotes", 'a: {"<<": {b: 2}}\n', '{"a":{"<<":{"b":2}}}', '{"a":{"<<":{"b":2}}}'],
  ["an anchor and its alias", "a: &x 1\nb: *x\n", '{"a":1,"b":1}', '{"a":1,"b":1}'],
  ["a tag for text", "a: !!str 012\n", '{"a":"012"}', '{"a":"012"}'],
  ["a tag for bytes", "a: !!binary aGk=\n", '{"a":{"type":"Buffer","data":[104,105]}}', '{"a":"hi"}'],
  ["a tag of one's own", "a: !x 1\n", '{"a":"1"}', '{"a":"1"}'],
  ["a directive for YAML 1.1", "%YAML 1.1\n---\na: 012\n", '{"a":10}', undefined],
  ["a directive for tags", "%TAG !e! tag:e,2000:\n---\na: 1\n", '{"a":1}', undefined],
  ["a second document", "a: 1\n---\nb: 2\n", '{"a":1}', '{"a":1,"b":2}'],
  ["the end of a document", "a: 1\n...\n", '{"a":1}', '{"a":1}'],
  ["a leading zero", "a: 012\n", '{"a":12}', '{"a":10}'],
  ["a leading zero that is no octal number", "a: 089\n", '{"a":89}', '{"a":89}'],
  ["an octal number of YAML 1.2", "a: 0o17\n", '{"a":15}', '{"a":15}'],
  ["a hexadecimal number", "a: 0x1F\n", '{"a":31}', '{"a":31}'],
  ["a binary number", "a: 0b101\n", '{"a":"0b101"}', '{"a":5}'],
  ["a negative octal number", "a: -012\n", '{"a":-12}', '{"a":-10}'],
  ["a number with underscores", "a: 1_000\n", '{"a":"1_000"}', '{"a":1000}'],
  ["a float with underscores", "a: 1_000.5\n", '{"a":"1_000.5"}', '{"a":1000.5}'],
  ["a number to the base 60", "a: 1:30\n", '{"a":"1:30"}', '{"a":"1:30"}'],
  ["a number with a plus", "a: +1\n", '{"a":1}', '{"a":1}'],
  ["a float without a digit before the point", "a: .5\n", '{"a":0.5}', '{"a":0.5}'],
  ["a float without a digit behind the point", "a: 1.\n", '{"a":1}', '{"a":1}'],
  ["infinity", "a: .inf\n", '{"a":"(Infinity)"}', undefined],
  ["no number", "a: .nan\n", '{"a":"(NaN)"}', undefined],
  ["a number that no double holds", "a: 1e999\n", '{"a":"(Infinity)"}', '{"a":"1e999"}'],
  ["yes", "a: yes\n", '{"a":"yes"}', '{"a":true}'],
  ["no", "a: NO\n", '{"a":"NO"}', '{"a":false}'],
  ["on", "a: on\n", '{"a":"on"}', '{"a":true}'],
  ["off", "a: Off\n", '{"a":"Off"}', '{"a":false}'],
  ["y", "a: y\n", '{"a":"y"}', '{"a":true}'],
  ["n", "a: N\n", '{"a":"N"}', '{"a":false}'],
  ["true in capitals", "a: TRUE\n", '{"a":true}', '{"a":true}'],
  ["null in capitals", "a: NULL\n", '{"a":null}', '{"a":null}'],
  ["a date", "a: 2026-01-01\n", '{"a":"2026-01-01"}', '{"a":"2026-01-01"}'],
  ["a point in time", "a: 2026-01-01T10:00:00Z\n", '{"a":"2026-01-01T10:00:00Z"}', '{"a":"2026-01-01T10:00:00Z"}'],
  ["a truth value as a key", "on: 1\n", '{"on":1}', '{"true":1}'],
  ["a number as a key", "010: 1\n", '{"10":1}', '{"8":1}'],
  ["two keys that become one", 'yes: 1\n"true": 2\n', '{"yes":1,"true":2}', '{"true":1}', '{"true":2}'],
  ["a list as a key", "[a]: 1\n", '{"[ a ]":1}', undefined],
  ["nothing as a key", ": 1\n", '{"":1}', undefined],
  ["a key with a question mark", "? a\n: 1\n", '{"a":1}', '{"a":1}'],
  ["a key in braces with a colon behind it", "a: {b:}\n", '{"a":{"b":null}}', '{"a":{"b:":null}}'],
  ["text with a question mark in brackets", "a: [?b]\n", '{"a":["?b"]}', '{"a":[{"b":null}]}'],
  ["a block that says its indentation", "a: |1\n   \n\n", '{"a":""}', '{"a":"  \\n"}'],
  ["a block without a line end", "a: |\n  b", '{"a":"b\\n"}', '{"a":"b\\n"}'],
  ["quoted text over lines", 'a: "b\n  c"\n', '{"a":"b c"}', '{"a":"b c"}'],
  ["plain text over lines", "a: b\n  c\n", '{"a":"b c"}', '{"a":"b c"}'],
  ["an escape of a byte", 'a: "\\x41"\n', '{"a":"A"}', '{"a":"A"}'],
  ["an escape of half a character", 'a: "\\ud83d"\n', '{"a":"\\ud83d"}', undefined],
  ["an equals sign", "a: =\n", '{"a":"="}', '{"a":"="}'],
  ["a truth value in brackets", "a: [yes]\n", '{"a":["yes"]}', '{"a":[true]}'],
  ["a truth value alone in braces", "a: {yes}\n", '{"a":{"yes":null}}', '{"a":{"true":null}}'],
];

/** Pieces of YAML whose meaning depends on the text around them. */
const PIECES = [
  ...[
    "a",
    "b",
    "image",
    "tag",
    ": ",
    ":",
    " ",
    "  ",
    "\n",
    "\n  ",
    "\n- ",
    "- ",
    "? ",
    ", ",
    ",",
    "{",
    "}",
    "[",
    "]",
    "#",
    " # c",
  ],
  ...[
    "|",
    ">",
    "|-",
    ">+",
    "|2",
    '"',
    "'",
    "&x ",
    "*x",
    "<<: ",
    "!!str ",
    "!t ",
    "%",
    "%YAML 1.1\n",
    "---",
    "---\n",
    "...",
    "@",
  ],
  ...[
    "012",
    "0o17",
    "0x1F",
    "1_0",
    "1:30",
    "1e3",
    ".5",
    "+1",
    "1.",
    "-0",
    "0",
    "1.0.0",
    "12345678901234567890",
    "1e999",
    ".inf",
  ],
  ...["yes", "n", "On", "True", "true", "~", "null", "2026-01-01", "=", "-", "?", "_", "sha-1", "é", "😀", "__proto__"],
  ...[
    "\t",
    "\r",
    "\r\n",
    "\u0085",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\u00a0",
    "\u3000",
    "\\n",
    "\\\n",
    "\\u2028",
    "\\x41",
    "\\/",
    "\\ ",
  ],
  ...["''", '""', "{}", "[]", "{a: 1}", "b: 2", "http://x:1/#y", "a:b", "x\ty", "\n\n", "   ", "\n   "],
];

const piece = fc.constantFrom(...PIECES);
const some = (maxLength: number) => fc.array(piece, { maxLength }).map((pieces) => pieces.join(""));
const key = fc.constantFrom("a", "b", "c", "image", '"q"', "'s'");
const value = fc.oneof(piece, some(4));
const mapping = fc
  .array(fc.tuple(key, value), { minLength: 1, maxLength: 4 })
  .map((pairs) => pairs.map(([name, text]) => `${name}: ${text}\n`).join(""));
const nested = fc
  .tuple(mapping, fc.constantFrom("x:\n", "y: ", "z:  \n"), mapping)
  .map(([before, name, below]) => `${before}${name}${below.replace(/^/gm, "  ")}\n`);
const braces = fc
  .array(
    fc.tuple(key, fc.constantFrom(": ", ":", " : ", ":\n"), value).map((parts) => parts.join("")),
    { maxLength: 4 },
  )
  .map((pairs) => `f: {${pairs.join(", ")}}\n`);
const brackets = fc.array(value, { maxLength: 4 }).map((items) => `s: [${items.join(", ")}]\n`);
const block = fc
  .tuple(
    fc.constantFrom("|", "|-", "|+", ">", ">-", ">+", "|1", "|2-", ">2", "> # c"),
    fc.array(
      fc
        .tuple(
          fc.constantFrom("", " ", "  ", "   ", "    ", "\t", "  \t"),
          fc.constantFrom("", "x", "y z", "# n", "- a", " ", "x ", "a: b", "'"),
        )
        .map((parts) => parts.join("")),
      { maxLength: 6 },
    ),
    fc.constantFrom("", "k: v\n", "\n", "# c\n", "\n\nk: v"),
  )
  .map(([header, lines, rest]) => `t: ${header}\n${lines.join("\n")}\n${rest}`);

/** Texts that are YAML, or almost, with many pieces that parsers read differently. */
export const trickyTexts: fc.Arbitrary<string> = fc.oneof(
  some(14),
  mapping,
  nested,
  braces,
  brackets,
  block,
  fc.tuple(mapping, fc.oneof(braces, block)).map((parts) => parts.join("")),
);
