import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRules } from "../rules";
import { kindsOf, movingProblem, readTagPattern } from "../tags";

const { tags: defaults } = parseRules(undefined).rules;
const digest = `sha256:${"0a".repeat(32)}`;

/** The problem of a tag under the section `tags` of a file, if any. */
function judge(section: string, tag: string): string | undefined {
  const { rules, problems } = parseRules(section);
  assert.deepEqual(problems, []);
  return movingProblem({ tag }, rules.tags);
}

const problemsOf = (patterns: readonly string[]) =>
  parseRules(`tags: { patterns: ${JSON.stringify(patterns)} }\n`).problems.map(({ message }) => message);

describe("the tag of one build", () => {
  const one: [kind: string, tags: string[]][] = [
    ["commit", ["sha-a1b2c3d", "a1b2c3d", "main-a1b2c3d", "0a".repeat(20), "20240115-a1b2c3d"]],
    [
      "version",
      ["v1.4.2", "1.4.2", "1.4.2-rc.1", "api-v1.4.2", "1.2.3.4", "v1.4.2-5-gfedc", "1.2.3-alpine", "1.0.0_b1"],
    ],
    ["version", ["1.5.0-canary.3", "0.0.0-nightly.20240115", "1.4.2-SNAPSHOT-a1b2c3d", "1.4.2-dev1", "1.4.2-x86_64"]],
    ["version", ["1.4.2-device", "1.4.2-mainline", "2024.01.15"]],
    ["two-part-version", ["v1.10", "1.10", "api-1.10", "1.10-alpine", "24.04"]],
    ["build-number", ["build-1234", "48213", "api-48213", "build-7", "ci.12", "b42", "main-1234"]],
    ["date", ["20240115.3", "2024-01-15", "20240115", "2024-01-15T10-32-00Z", "nightly-2024-01-15", "20240115-1032"]],
  ];
  for (const [kind, tags] of one) {
    for (const tag of tags) {
      it(`may be the ${kind} ${tag}`, () => {
        assert.equal(movingProblem({ tag }, defaults), undefined);
        assert.ok(kindsOf(tag).some((each) => each === kind));
      });
    }
  }

  const moving = [
    ...[
      "latest",
      "main",
      "master",
      "dev",
      "stable",
      "v1",
      "1",
      "v12",
      "22",
      "sha-xyz",
      "web42",
      "1.x",
      "1.2.x",
      "v2024",
    ],
    ...["1.4.2-SNAPSHOT", "0.0.0-nightly", "1.2.3-latest", "1.4.2-dev", "v1.4-edge", "1.4.2.SNAPSHOT", "1.4.2_Canary"],
    ...["1.4.2-main", "v1.4.2-5-gfedc-dirty", "nightly-1.4.2", "latest-v1.10", "1.4.2SNAPSHOT", "1.4.2-alpine-latest"],
    ...["1.2.3-latest-alpine", "2024-01", "2024-13-01", "2024-01-15-dev", "1e5", ""],
  ];
  for (const tag of moving) {
    it(`may not be ${JSON.stringify(tag)}, unless a digest pins it`, () => {
      assert.match(movingProblem({ tag }, defaults) ?? "", /^tag: got .+; expected the tag of one build: a commit /);
      assert.equal(movingProblem({ tag, digest }, defaults), undefined);
    });
  }

  it("can exclude each kind in the file", () => {
    const kinds = { commit: "sha-a1b2c3d", version: "v1.4.2", "two-part-version": "v1.10", "build-number": "build-7" };
    for (const [kind, tag] of Object.entries({ ...kinds, date: "2024-01-15" })) {
      const off = judge(`tags: { kinds: { ${kind}: false } }\n`, tag) ?? "";
      assert.match(off, /^tag: got /);
      assert.ok(!off.includes(tag, off.indexOf("expected")), off);
      assert.equal(judge("tags: { kinds: { commit: true } }\n", tag), undefined);
    }
  });

  it("may also be one that a pattern of the file matches completely", () => {
    const section = 'tags:\n  patterns:\n    - "release-[0-9]{4}-[a-z]{2}"\n';
    assert.equal(judge(section, "release-2024-eu"), undefined);
    for (const tag of ["release-2024-eux", "x-release-2024-eu", "release-24-eu"]) {
      assert.match(judge(section, tag) ?? "", /, one of tags\.patterns in gitops\.yaml\. /);
    }
  });
});

describe("a pattern for tags", () => {
  for (const pattern of [
    "release-[0-9]{4}",
    "^r[0-9]{2,4}\\.[0-9]+$",
    "[0-9a-f]{12}",
    "[0-9A-HJKMNP-TV-Z]{26}",
    "\\d{8}-[a-z]+_[0-9]+",
    "v?[0-9]{3}",
    "build[.-][0-9]{1,6}",
  ]) {
    it(`may be ${pattern}`, () => {
      assert.deepEqual(problemsOf([pattern]), []);
    });
  }

  const refused: [pattern: string, expected: RegExp][] = [
    [".*", /expected letters, digits, .*, not "\.\*"/],
    ["release-.+", /not "\.\+"/],
    ["(a+)+", /not "\(a\+\)\+"/],
    ["a|b1", /not "\|b1"/],
    ["[^a]1", /not "\[\^a\]1"/],
    ["[0-9]{4}+", /not "\+"/],
    ["[9-0]{4}", /not "\[9-0\]\{4\}"/],
    ["[A-z]{7}", /not "\[A-z\]\{7\}"/],
    ["[0-9]{4,2}", /not "\[0-9\]\{4,2\}"/],
    ["\\w+", /not /],
    ["é[0-9]{4}", /not "é/],
    ["[0-9]{4}\n", /not "\\n"/],
    ["[0-9]+[0-9]+x", /something else behind \[0-9\]\+ than it takes itself/],
    ["[a-f0-9]*x?[0-9]{4}", /something else behind \[a-f0-9\]\*/],
    ["[0-9]?".repeat(20) + "x", /something else behind \[0-9\]\?/],
    ["[A-Za-z0-9_.-]+", /something that counts/],
    ["release", /something that counts/],
    ["[0-9]*", /something that counts/],
    ["[A-Za-z0-9_.-]{7,128}", /none that takes "1\.4\.2-latest", which moves/],
    ["[0-9.]+-[A-Z]+", /something that counts/],
    ["[0-9]\\.[0-9]\\.[0-9]-[A-Z]+", /none that takes "1\.4\.2-LATEST", which moves/],
    ["v[0-9]+", /none that takes "v1", which moves/],
    ["[0-9]+", /none that takes "0", which moves/],
    [`${"a".repeat(200)}[0-9]`, /at most 200 characters/],
  ];
  for (const [pattern, expected] of refused) {
    it(`may not be ${JSON.stringify(pattern.slice(0, 30))}`, () => {
      const [problem = "", ...more] = problemsOf([pattern]);
      assert.match(problem, expected);
      assert.match(problem, /^tags\.patterns\[0\]: got ".*; expected .*\. \w.*\.$/s);
      assert.deepEqual(more, []);
    });
  }

  it("must be a text, in a list", () => {
    assert.match(problemsOf([]).join(), /^$/);
    const messages = (text: string) => parseRules(text).problems.map(({ message }) => message.split(";")[0]);
    assert.deepEqual(messages("tags: { patterns: [1, '', {}] }\n"), [
      "tags.patterns[0]: got 1",
      'tags.patterns[1]: got ""',
      "tags.patterns[2]: got {}",
    ]);
    assert.deepEqual(messages("tags: { patterns: a }\n"), ['tags.patterns: got "a"']);
    assert.deepEqual(messages("tags:\n  patterns:\n"), ["tags.patterns: got nothing"]);
  });

  it("matches only the characters that were analysed, also in a class with hyphens", () => {
    const taken = (pattern: string, tags: string[]) => tags.filter((tag) => readTagPattern(pattern).pattern?.test(tag));
    assert.deepEqual(taken("x[a--][0-9]{4}", ["xa1234", "x-1234", "xb1234", "x.1234"]), ["xa1234", "x-1234"]);
    assert.deepEqual(taken("x[--9]+[0-8]{4}", ["x-91234", "x51234"]), ["x-91234"]);
    assert.equal(taken(`${"[--9]+[0-8]+".repeat(3)}[--9]{1,9}`, [`${"1".repeat(60)}x`]).length, 0);
  });

  it("never matches a tag in two ways, which would make matching slow", () => {
    const piece = fc.tuple(
      fc.constantFrom("[0-9]", "[a-c]", "[0-9a-f]", "a", "-", "\\."),
      fc.constantFrom("", "?", "+", "*", "{2}", "{1,3}"),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 5 }),
        fc.stringMatching(/^[01ac.-]{1,8}$/),
        (pieces, tag) => {
          const { pattern } = readTagPattern(pieces.map(([what, count]) => what + count).join(""));
          if (!pattern) return;
          assert.ok(waysToTake(pieces, tag) <= 1);
          assert.equal(pattern.test(tag), waysToTake(pieces, tag) === 1);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

/** The number of ways in which pieces of a pattern match a text, by trying all. */
function waysToTake([first, ...rest]: readonly (readonly [string, string])[], text: string): number {
  if (!first) return text === "" ? 1 : 0;
  const [what, count] = first;
  let ways = 0;
  for (let length = 0; length <= text.length; length++) {
    const head = text.slice(0, length);
    if (new RegExp(`^(?:${what}){${length}}$`).test(head) && new RegExp(`^(?:${what}${count})$`).test(head))
      ways += waysToTake(rest, text.slice(length));
  }
  return ways;
}
