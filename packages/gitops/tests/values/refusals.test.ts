import assert from "node:assert/strict";
import { Failure } from "@gitops-platform/contract/failure";
import { setImage } from "../../values/edit";
import { DIGEST } from "./arbitraries";

describe("a values file that cannot be edited safely", () => {
  const cases: [name: string, text: string, message: string][] = [
    ["is empty", "", "api.yaml:1:1: no mapping; expected the values of a service."],
    ["has no image", "a: 1\n", "api.yaml:1:1: image: got nothing;"],
    ["has an image that is text", "image: nginx\n", "api.yaml:1:8: image: expected a mapping"],
    ["has no tag", "image:\n  repository: r\n", "api.yaml:2:3: image.tag: got nothing;"],
    ["has an empty tag", "image:\n  tag:\n", "api.yaml:2:7: image.tag: got nothing;"],
    ["has a list for a tag", "image:\n  tag: [x]\n", "api.yaml:2:8: image.tag: got something else;"],
    [
      "has a block of text for a tag",
      "image:\n  tag: |\n    x\n",
      "api.yaml:2:8: image.tag: got text over several lines;",
    ],
    ["has a syntax error", "image:\n  tag: 'x\n", "api.yaml:3:1: Missing closing 'quote."],
    ["has a key twice", "image:\n  tag: x\n  tag: y\n", "api.yaml:3:3: Map keys must be unique."],
    ["has an anchor", "image: &i\n  tag: x\n", "api.yaml:1:8: got an anchor;"],
    ["has an alias", "i: {tag: x}\nimage: *i\n", "api.yaml:2:8: got the alias *i;"],
    ["has a merge key", "image:\n  <<: {}\n  tag: x\n", "api.yaml:2:3: got a merge key (<<);"],
    ["has a YAML tag", "image:\n  tag: !!str x\n", "api.yaml:2:8: got a tag of YAML;"],
    ["has several documents", "image:\n  tag: x\n---\na: 1\n", "api.yaml:3:1: got another document;"],
    ["begins with a byte order mark", "\uFEFFimage:\n  tag: old\n", "api.yaml:1:1: got the character U+FEFF;"],
    [
      "has a digest on a line that only Helm reads as a line",
      'image:\n  tag: "x" # CI\u2028  digest: y\n',
      "api.yaml:2:16: got the character U+2028;",
    ],
    [
      "has braces over several lines to which a digest would be added",
      "image: {\n tag: x}\n",
      "api.yaml:1:8: image: in braces over several lines",
    ],
    ["has a question mark before the key", "? image\n: tag: x\n", 'api.yaml:1:1: got a key written with "?";'],
  ];
  for (const [name, text, message] of cases) {
    it(`${name}: is refused with line and column`, () => {
      assert.throws(
        () => setImage(text, { tag: "y", digest: DIGEST }, "api.yaml"),
        (error) => {
          assert.ok(error instanceof Failure);
          assert.ok(error.message.startsWith(message), error.message);
          return true;
        },
      );
    });
  }
});
