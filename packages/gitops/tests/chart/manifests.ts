import fc from "fast-check";
import type { Json, Manifest } from "@gitops-platform/contract/canonical";

/** Texts that a version or a parser of YAML reads as something else, or in which it sees a line end. */
export const TRAPS: readonly string[] = [
  ..."y n yes No on OFF true False null ~ . .inf -.INF .nan << = ? : - ! & * | > % @ ` # , [ ] { }".split(" "),
  ..."012 0o14 0x10 0b1 1_000 1e3 1.5 +1 -0 12e03 .5 5. Infinity".split(" "),
  ..."1:30 190:20:30.15 2020-01-01 2020-01-01T00:00:00Z".split(" "),
  ...[
    "",
    " ",
    "a ",
    " a",
    "a: b",
    "a:",
    "a #b",
    "a\tb",
    "a\nb",
    "a\n",
    "\r",
    "\r\n",
    "---",
    "...",
    "--- a",
    "'",
    '"',
    "\\",
    "\\n",
  ],
  ...[
    "\u0000",
    "\u0007",
    "\u001b",
    "\u007f",
    "\u0085",
    "\u00a0",
    "\u2028",
    "\u2029",
    "\ufeff",
    "a\u2028b: c",
    "\ufffe",
  ],
  ...[
    "é",
    "日本",
    "😀",
    "𝟙",
    "ghcr.io/vaarak/api:sha-a1b2c3d",
    "ghcr.io/vaarak/api@sha256:0a0a",
    "/healthz",
    "http://a:80/",
  ],
  ...["!!str a", "!!binary aGk=", "&a", "*a", "%YAML 1.1", "__proto__", "constructor", "toString"],
];

const text = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.tuple(fc.constantFrom(...TRAPS), fc.constantFrom(...TRAPS)).map(([a, b]) => a + b),
);
/** JSON.parse of Node.js 24 and 26 confuses keys with a backslash: https://github.com/nodejs/node/issues/63785 */
const key = text.filter((name) => !name.includes("\\"));
const number = fc.oneof(
  fc.maxSafeInteger().map((value) => (value === 0 ? 0 : value)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0 && !unsafe(value)),
);

function unsafe(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
}

const { value: json } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
}));

/** Any value in an object. */
export const manifest: fc.Arbitrary<Manifest> = fc
  .tuple(fc.dictionary(key, json, { maxKeys: 5 }), text, text)
  .map(([rest, apiVersion, kind]) => ({ ...rest, apiVersion, kind }));
