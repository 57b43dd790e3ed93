import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { type Manifest, writeManifests } from "@gitops-platform/contract/canonical";
import { manifest, TRAPS } from "./manifests";

const read = (text: string, version: "1.1" | "1.2"): unknown[] =>
  [...parseAllDocuments(text, { version, logLevel: "error" })].map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], []);
    return JSON.parse(JSON.stringify(document.toJS())) as unknown;
  });
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("written manifests", () => {
  it("are ASCII, and mean the same objects in YAML 1.1 and in YAML 1.2", () => {
    fc.assert(
      fc.property(fc.array(manifest, { maxLength: 3 }), (manifests) => {
        const text = writeManifests(manifests);
        assert.match(text, /^[\n\x20-\x7e]*$/);
        for (const version of ["1.1", "1.2"] as const) {
          assert.deepEqual(manifests.length === 0 ? [] : read(text, version), plain(manifests));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("keep ambiguous texts as texts in values, keys and lists", () => {
    for (const trap of TRAPS) {
      const manifests = [
        { apiVersion: "v1", kind: "T", a: trap, b: { [trap]: trap }, c: [trap, [trap], { [trap]: 1 }] },
      ];
      const text = writeManifests(manifests);
      for (const version of ["1.1", "1.2"] as const) assert.deepEqual(read(text, version), plain(manifests), trap);
    }
  });

  it("have this format", () => {
    const port = { name: "http", port: 80 };
    const service = {
      kind: "Service",
      apiVersion: "v1",
      spec: { type: "ClusterIP", ports: [port, { ...port, list: [[1, "on"], []] }] },
    };
    const config = { apiVersion: "v1", kind: "ConfigMap", data: { Z: "a: b\n", A: "é😀", empty: {} } };
    const expected = `---
apiVersion: v1
kind: Service
spec:
  ports:
    - name: http
      port: 80
    - list:
        - - 1
          - "on"
        - []
      name: http
      port: 80
  type: ClusterIP
---
apiVersion: v1
data:
  A: "\\u00E9\\U0001F600"
  Z: "a: b\\n"
  empty: {}
kind: ConfigMap
`;
    assert.equal(writeManifests([service, config]), expected);
  });

  const refused: [what: string, object: Partial<Manifest>, said: RegExp][] = [
    [
      "a text that makes Argo CD skip the file",
      { a: "# +argocd:skip-file-rendering" },
      /got argocd:skip-file-rendering/,
    ],
    ["a key that makes Argo CD skip the file", { "x+argocd:skip-file-rendering": 1 }, /got argocd:skip-file-rendering/],
    ["a number that is not exact", { a: 12345678901234567000 }, /got about 12345678901234567000, which is not exact/],
    ["half of a character", { a: "\ud83d" }, /got half of a character/],
    ["a key that is too long for YAML", { ["k".repeat(1001)]: 1 }, /got a key of 1001 characters/],
  ];
  for (const [what, object, said] of refused) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => writeManifests([{ apiVersion: "v1", kind: "T", ...object }]), said);
    });
  }
});
