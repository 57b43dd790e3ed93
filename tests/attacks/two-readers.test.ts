/**
 * Values files that this project's parser and Helm could read differently, so that the checked values are not the
 * applied ones. A file is refused, or both parsers must read it the same.
 */
import assert from "node:assert/strict";
import { attack } from "./support/attack";
import type { Actor } from "./support/actors";
import { Workshop } from "./support/git";
import { invalid, propose } from "./support/pulls";
import { areSame, difference, isInvalid, readings, validate } from "./support/validate";

const kind = "two readers";
const DEV = "environments/dev/api.yaml";
const STAGING = "environments/staging/api.yaml";
const PROD = "environments/prod/api.yaml";
const EVIL = "ghcr.io/evil/api";
const COMMENT = "# Updated by CI pipeline";

type Change = (text: string) => string | Buffer;

/** Replaces the number of pods with another text. */
const pods =
  (value: string): Change =>
  (text) =>
    text.replace(/replicaCount: .*/, `replicaCount: ${value}`);
/** Another image after the comment, separated by one character. */
const behindComment =
  (separator: string): Change =>
  (text) =>
    text.replace(COMMENT, `${COMMENT}${separator}  repository: ${EVIL}`);
/** Appends text to the file. */
const added =
  (more: string): Change =>
  (text) =>
    `${text}${more}`;
const variables = (block: string): Change => added(`env:\n${block}`);

/** Description and file. `differ`: the two parsers are known to read the file differently. */
const traps: [what: string, change: Change, differ?: "differ"][] = [
  ["a key after a comment and U+2028", behindComment("\u2028"), "differ"],
  ["a key after a comment and U+2029", behindComment("\u2029"), "differ"],
  ["a key after a comment and U+0085", behindComment("\u0085"), "differ"],
  ["a key after a comment and a carriage return", behindComment("\r"), "differ"],
  ["a key after a comment and a vertical tab", behindComment("\v"), "differ"],
  ["a key after a comment and a form feed", behindComment("\f"), "differ"],
  ["a byte order mark within the file", (text) => text.replace("replicaCount", "\ufeffreplicaCount")],
  ["a byte order mark before the file", (text) => `\ufeff${text}`],
  ["UTF-16 with a byte order mark", (text) => Buffer.from(`\ufeff${text}`, "utf16le"), "differ"],
  ["bytes that are not UTF-8", (text) => Buffer.concat([Buffer.from(`${text}# `), Buffer.from([0xc3, 0x28, 10])])],
  ["a merge key after the keys that it overrides", added('env: {A: "1", <<: {A: "2"}}\n'), "differ"],
  ["a merge key in a block", variables('  <<: {A: "2"}\n  A: "1"\n'), "differ"],
  [
    "a merge key of an alias",
    added('podAnnotations: &e {a: "1"}\nserviceAccount: {annotations: {<<: *e}}\n'),
    "differ",
  ],
  ["a merge key with a tag", added('env: {!!merge <<: {A: "2"}}\n')],
  ["an anchor and an alias", added('podAnnotations: &e {a: "1"}\nserviceAccount: {annotations: *e}\n')],
  ["an anchor that is defined twice", added('env: {A: &a "1", B: &a "2", C: *a}\n')],
  ["aliases that expand exponentially", added(bomb())],
  ["an octal number", pods("012"), "differ"],
  ["an octal number in the notation of YAML 1.2", pods("0o12")],
  ["a binary number", pods("0b1010"), "differ"],
  ["a number with underscores", pods("1_0"), "differ"],
  ["a number with a leading zero and an underscore", pods("0_8"), "differ"],
  ["a hexadecimal number in capitals", pods("0X10"), "differ"],
  ["a sexagesimal number", variables("  A: 1:30\n")],
  ["a whole number with a fraction", pods("10.0")],
  ["a number with an exponent", pods("1e1")],
  ["a number larger than every float", variables("  A: 1e400\n"), "differ"],
  ["a number larger than 64 bits", variables("  A: 9223372036854775808\n")],
  ["infinity", variables("  A: .inf\n"), "differ"],
  ["the word yes as a value", variables("  A: yes\n"), "differ"],
  ["the word off as a value", (text) => text.replace("enabled: false", "enabled: off"), "differ"],
  ["the letter y as a key", variables('  y: "1"\n'), "differ"],
  ["the word on as a key", variables('  on: "1"\n'), "differ"],
  ["two keys that are equal for Helm", variables('  yes: "1"\n  "true": "2"\n'), "differ"],
  ["an octal key", added('podAnnotations: {010: "1"}\n'), "differ"],
  ["a tilde as a key", added('podAnnotations: {~: "1"}\n'), "differ"],
  ["a duplicate key", added("replicaCount: 2\n")],
  ["a duplicate key, once in quotes", added('"replicaCount": 2\n')],
  ["a duplicate key, once with an escape sequence", added('"replica\\u0043ount": 2\n')],
  ["binary data by a tag", variables("  A: !!binary aGVsbG8=\n"), "differ"],
  ["a float by a tag", added("podAnnotations: {a: !!float 5}\n"), "differ"],
  ["a time by a tag", variables("  A: !!timestamp 2001-12-14\n"), "differ"],
  ["text by a tag", variables("  A: !!str 5\n")],
  ["an unknown tag", variables('  A: !evil "5"\n')],
  ["a tag with its full name", variables("  A: !<tag:yaml.org,2002:str> 5\n")],
  ["the directive for YAML 1.1", (text) => `%YAML 1.1\n---\n${text}`, "differ"],
  ["a directive that defines a tag prefix", (text) => `%TAG ! tag:yaml.org,2002:\n---\n${text}`, "differ"],
  ["a second document", added("---\nreplicaCount: 5\n"), "differ"],
  ["an empty first document", (text) => `---\n---\n${text}`, "differ"],
  ["content after the end of the document", added("...\nreplicaCount: 5\n")],
  ["a key of more than 1024 characters", variables(`  ${"K".repeat(1100)}: "1"\n`)],
  ["a key after a question mark", added("? containerPort\n: 9090\n")],
  ["a key that is a list", added("? [a, b]\n: 1\n"), "differ"],
  ["a question mark before a key of a flow mapping", added('env: {?B: "1"}\n'), "differ"],
  ["a comment in a flow mapping", added('env: {A: "1" #, B: "2"\n  , C: "3"}\n')],
  ["a flow mapping whose lines are not indented", added('env: {\nA: "1"\n}\n'), "differ"],
  ["indentation with a tab", added('env:\n\tA: "1"\n')],
  ["U+0085 as a line break in a block", variables('  A: |\n    x\u0085  B: "y"\n'), "differ"],
  ["a carriage return as a line break in a block", variables('  A: |\n    x\r  B: "y"\n'), "differ"],
  ["U+0085 as a line break in quotes", variables('  A: "x\u0085  y"\n'), "differ"],
  ["U+2028 as a line break in quotes", variables("  A: 'x\u2028  y'\n"), "differ"],
  ["an escaped slash", variables('  A: "x\\/y"\n'), "differ"],
  ["an escaped surrogate pair", variables('  A: "\\ud83d\\ude00"\n'), "differ"],
  ["indentation with a no-break space", added('env:\n\u00a0\u00a0A: "1"\n')],
  ["a key with an invisible space", added("replicaCount\u200b: 5\n")],
  ["a zero byte", variables('  A: "x\u0000y"\n'), "differ"],
  ["a control character", variables('  A: "x\u001by"\n'), "differ"],
  ["the key __proto__", variables('  __proto__: "1"\n')],
  ["null instead of a default of the chart", added("probes: null\n")],
  ["null instead of a nested default of the chart", added("probes: {livenessPath: ~}\n")],
  ["CRLF throughout", (text) => text.replaceAll("\n", "\r\n")],
];

/** Nested lists by aliases, with nine to the power of six items. */
function bomb(): string {
  const levels = ["b", "c", "d", "e", "f"];
  const nine = (item: string) => `[${Array<string>(9).fill(item).join(", ")}]`;
  const first = `  a: &a ${nine("x")}\n`;
  const others = levels.map((name, i) => `  ${name}: &${name} ${nine(`*${["a", ...levels][i] ?? ""}`)}\n`);
  return `env:\n${first}${others.join("")}`;
}

describe(kind, () => {
  let workshop: Workshop;
  const read = (path: string) => workshop.show(workshop.tip("main"), path);
  before(async () => {
    workshop = await Workshop.open();
    // Otherwise a command that refuses everything would pass.
    const { problems } = await validate(workshop, "main", {
      [DEV]: variables('  A: "1"\n')(pods("2")(read(DEV)) as string),
    });
    assert.deepEqual(problems, []);
  });
  after(() => {
    workshop.close();
  });

  for (const [what, change, differ] of traps) {
    attack({
      class: kind,
      by: "developer",
      what,
      expected: "refused, or read alike",
      try: async () => {
        const text = change(read(DEV));
        assert.notEqual(text.toString(), read(DEV), "the change has no effect");
        return { judged: await validate(workshop, "main", { [DEV]: text }), found: readings(text) };
      },
      holds: ({ judged, found }) => {
        const same = areSame(found);
        if (differ && same) throw new Error("both parsers read the same: the attack is none any more");
        if (judged.problems.length > 0) return isInvalid(judged);
        assert.ok(same, `Valid, but ${difference(found)}`);
        return "no refusal needed: yaml and Helm read the same";
      },
    });
  }

  attack({
    class: kind,
    by: "developer",
    what: "a merge key in both staging and production, so that staging mirrors production",
    try: () => {
      const merged = (path: string) => added('env: {A: "1", <<: {A: "2"}}\n')(read(path));
      return validate(workshop, "main", { [STAGING]: merged(STAGING), [PROD]: merged(PROD) });
    },
    holds: isInvalid,
  });

  attack({
    class: kind,
    by: "developer",
    what: "an unreadable image in staging and production, so that it looks removed",
    try: () => {
      const hidden = (path: string) => read(path).replace(/tag: ("[^"]*")/, "tag: !!str $1");
      return validate(workshop, "main", { [STAGING]: hidden(STAGING), [PROD]: hidden(PROD) });
    },
    holds: isInvalid,
  });

  const bumps: [by: Actor, what: string, file: string, change: Change][] = [
    ["the key of gitops-bump", "another registry after U+2028 in dev's values", DEV, behindComment("\u2028")],
    ["the key of gitops-bump", "another registry after U+2028 in production's values", PROD, behindComment("\u2028")],
    [
      "the key of gitops-bump",
      "another number of pods as an octal number",
      PROD,
      (text) => text.replace(/maxReplicas: (\d+)/, "maxReplicas: 0$1"),
    ],
    ["developer", "a merge key over the image, in a pull request", DEV, added('env: {A: "1", <<: {A: "2"}}\n')],
  ];
  for (const [by, what, file, change] of bumps) {
    attack({
      class: kind,
      by,
      what,
      try: () => propose(workshop, by, "main", { [file]: change(read(file)) }, { title: what }),
      holds: (pull) => invalid(pull, new RegExp(file.replaceAll(".", "\\."))),
    });
  }
});
