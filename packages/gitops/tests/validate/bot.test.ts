import assert from "node:assert/strict";
import { isImageChange } from "../../validate/bot";

const BEFORE = 'image:\n  repository: ghcr.io/vaarak/api\n  tag: "sha-1111111"\nreplicaCount: 2 # two\n';
const file = (path = "environments/prod/api.yaml", mode: string | undefined = "100644") => ({
  path,
  mode,
  before: { mode: "100644", blob: "b" },
});

describe("a bot's change on main", () => {
  const digest = `  digest: sha256:${"0".repeat(64)}\n`;
  const accepted: [what: string, after: string][] = [
    ["another tag", BEFORE.replace("1111111", "2222222")],
    ["a new digest", BEFORE.replace("replicaCount", `${digest}replicaCount`)],
  ];
  for (const [what, after] of accepted) {
    it(`may be ${what}`, () => {
      assert.equal(isImageChange(file(), BEFORE, after), true);
    });
  }

  it("may be the image of a source, but no decoy of it", () => {
    const objects = (tag: string, decoy = "v0") =>
      `kind: A\nmetadata: { name: api }\nimage: { tag: ${decoy} }\n---\nkind: Job\nmetadata: { name: api }\n` +
      `spec: { template: { spec: { containers: [{ name: api, image: "a:${tag}" }] } } }\n`;
    const source = { kind: "manifests" } as const;
    assert.equal(isImageChange(file(), objects("v1"), objects("v2"), source), true);
    assert.equal(isImageChange(file(), objects("v1"), objects("v2", "v1"), source), false);
    assert.equal(isImageChange(file(), objects("v1"), objects("v1").replace("A", "B"), source), false);
    assert.equal(isImageChange(file(), objects("v1"), objects("v1")), false);
  });

  const refused: [
    what: string,
    file: ReturnType<typeof file>,
    before: string | undefined,
    after: string | undefined,
  ][] = [
    ["another repository", file(), BEFORE, BEFORE.replace("vaarak/api", "evil/api")],
    ["another value", file(), BEFORE, BEFORE.replace("Count: 2", "Count: 0")],
    ["a new key", file(), BEFORE, `${BEFORE}env: {}\n`],
    ["a new file", { ...file(), before: { mode: "100644", blob: "b" } }, undefined, BEFORE],
    ["a removed file", file(undefined, undefined), BEFORE, undefined],
    ["another mode", file(undefined, "100755"), BEFORE, BEFORE.replace("1111111", "2222222")],
    [
      "a file that is not a values file",
      file("environments/prod/sub/api.yaml"),
      BEFORE,
      BEFORE.replace("1111111", "2"),
    ],
    ["a workflow", file(".github/workflows/a.yaml"), BEFORE, BEFORE.replace("1111111", "2222222")],
    ["invalid YAML", file(), BEFORE, `${BEFORE}a: [\n`],
    ["a duplicate key", file(), BEFORE, `${BEFORE}replicaCount: 2\n`],
    ["an empty file", file(), BEFORE, ""],
  ];
  for (const [what, change, before, after] of refused) {
    it(`may not be ${what}`, () => {
      assert.equal(isImageChange(change, before, after), false);
    });
  }
});
