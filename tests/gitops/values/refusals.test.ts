import assert from "node:assert/strict";
import { Failure } from "../../../gitops/failure";
import { setImage } from "../../../gitops/values/edit";
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
    ["has an anchor on the way", "image: &i\n  tag: x\n", "api.yaml:2:3: image: has an anchor."],
    ["has an alias on the way", "i: &i {tag: x}\nimage: *i\n", "api.yaml:2:8: image: is an alias."],
    ["has a merge key on the way", "image:\n  <<: {}\n  tag: x\n", "api.yaml:2:3: image.tag: beside a merge key"],
    ["has a tag of YAML on the way", "image:\n  tag: !!str x\n", "api.yaml:2:14: image.tag: has a tag of YAML."],
    ["has several documents", "image:\n  tag: x\n---\na: 1\n", "api.yaml:3:1: a second document;"],
    [
      "has braces over lines, where a digest would come",
      "image: {\n tag: x}\n",
      "api.yaml:1:8: image: in braces over several lines",
    ],
    ["has a question mark before the key", "? image\n: tag: x\n", 'api.yaml:1:3: image: written with "?".'],
  ];
  for (const [name, text, message] of cases) {
    it(`${name}: refused with its place`, () => {
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
