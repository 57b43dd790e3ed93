import assert from "node:assert/strict";
import type { Source } from "@gitops-platform/contract/source";
import { readImage } from "@gitops-platform/contract/values/image";
import { restoreImage, setImage } from "../../values/edit";
import { objectsIn, summarizeValues } from "../../values/differences";

const DIGEST = `sha256:${"0a".repeat(32)}`;
const FILE = "environments/dev/shop.yaml";

describe("the image at other keys of the values", () => {
  const source: Source = { kind: "chart", chart: "charts/shop", image: ["web", "image"] };
  const text = [
    "image: { repository: decoy, tag: v0.0.1 }",
    "web: # the shop",
    "  image:",
    "    repository: ghcr.io/vaarak/shop",
    "    tag: 'v1.0.0' # Updated by CI",
    "  replicas: 2",
    "",
  ].join("\n");

  it("is read and written there alone", () => {
    assert.deepEqual(readImage(text, FILE, source), {
      repository: "ghcr.io/vaarak/shop",
      tag: "v1.0.0",
      digest: undefined,
    });
    assert.equal(setImage(text, { tag: "v1.1.0" }, FILE, source), text.replace("v1.0.0", "v1.1.0"));
    const pinned = setImage(text, { tag: "v1.1.0", digest: DIGEST }, FILE, source);
    assert.equal(pinned, text.replace("'v1.0.0' # Updated by CI", `'v1.1.0' # Updated by CI\n    digest: '${DIGEST}'`));
    const sources = { now: source, earlier: source };
    assert.equal(restoreImage(pinned, text, FILE, sources), text);
  });

  it("is restored from a time when the service had another source", () => {
    const earlier = "image: { repository: ghcr.io/vaarak/shop, tag: v0.9.0 }\n";
    const service: Source = { kind: "chart", chart: "charts/service", image: ["image"] };
    const restored = restoreImage(text, earlier, FILE, { now: source, earlier: service });
    assert.equal(restored, text.replace("v1.0.0", "v0.9.0"));
  });

  it("is no part of the configuration, unlike a decoy", () => {
    const { image, others } = summarizeValues(text, source);
    assert.equal(image, "v1.0.0");
    assert.deepEqual(summarizeValues(text.replace("v1.0.0", "v2.0.0"), source).others, others);
    assert.notDeepEqual(summarizeValues(text.replace("v0.0.1", "v2.0.0"), source).others, others);
  });

  for (const [what, broken, said] of [
    ["no such key", "image: { tag: a }\n", /shop\.yaml:1:1: web: got nothing/],
    ["a list on the way", "web: [image]\n", /shop\.yaml:1:6: web: expected a mapping/],
    ["no tag", "web: { image: { repository: a } }\n", /web\.image\.tag: got nothing/],
    ["an alias", "a: &a { tag: b }\nweb: { image: *a }\n", /got an anchor/],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => readImage(broken, FILE, source), said);
    });
  }
});

describe("the image in objects", () => {
  const source: Source = { kind: "manifests", container: "shop" };
  const text = [
    "# the shop",
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata: { name: shop }",
    "spec:",
    "  template:",
    "    spec:",
    "      initContainers:",
    '        - { name: shop, image: "ghcr.io/vaarak/shop:v1.0.0" }',
    "      containers:",
    "        - name: shop",
    "          image: ghcr.io/vaarak/shop:v1.0.0 # Updated by CI",
    "        - name: proxy",
    "          image: envoy:v1.30.0",
    "---",
    "apiVersion: batch/v1",
    "kind: CronJob",
    "metadata: { name: shop-daily }",
    "spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: shop, image: " +
      "'ghcr.io/vaarak/shop:v1.0.0' }] } } } } }",
    "",
  ].join("\r\n");

  it("is read, and written in each place without another change", () => {
    assert.deepEqual(readImage(text, FILE, source), {
      repository: "ghcr.io/vaarak/shop",
      tag: "v1.0.0",
      digest: undefined,
    });
    const pinned = setImage(text, { tag: "v1.1.0", digest: DIGEST }, FILE, source);
    assert.equal(pinned, text.replaceAll("v1.0.0", `v1.1.0@${DIGEST}`));
    assert.equal(restoreImage(pinned, text, FILE, { now: source, earlier: source }), text);
    assert.deepEqual(summarizeValues(pinned, source).others, summarizeValues(text, source).others);
  });

  const bad: [what: string, change: (text: string) => string, said: RegExp, source?: Source][] = [
    [
      "no such container",
      (is) => is.replaceAll("name: shop,", "name: a,").replace("name: shop\r", "name: b\r"),
      /no container shop/,
    ],
    ["several, and none is named", (is) => is, /got shop, shop, proxy, shop; expected one/, { kind: "manifests" }],
    [
      "two versions",
      (is) => is.replace("shop:v1.0.0 #", "shop:v2.0.0 #"),
      /the image of shop: got "ghcr\.io\/vaarak\/shop:v2/,
    ],
    [
      "no tag",
      (is) => is.replaceAll("shop:v1.0.0", "shop"),
      /shop\.yaml:9:\d+: the image of shop: got .*expected <repository>/,
    ],
    [
      "a port instead of a tag",
      (is) => is.replaceAll("ghcr.io/vaarak/shop:v1.0.0", "reg:5000/shop"),
      /the image of shop/,
    ],
    [
      "a document in braces",
      (is) => `{ "kind": "Job" }\r\n---\r\n${is}`,
      /shop\.yaml:1:1: got a document that is no mapping/,
    ],
    [
      "text behind a separator",
      (is) => is.replace("---", "--- # next"),
      /shop\.yaml:15:1: got a line that begins with ---/,
    ],
    ["a key of hyphens", (is) => is.replace("---\r\n", "---\r\n---x: 1\r\n"), /got a line that begins with ---/],
    ["an end of a document", (is) => is.replace("---\r\n", "...\r\n---\r\n"), /got the end of a document/],
    ["an anchor", (is) => is.replace("metadata: { name: shop }", "metadata: &m { name: shop }"), /got an anchor/],
    ["a word that is true to some", (is) => is.replace("name: shop }", "name: on }"), /got on without quotes/],
    ["a key twice", (is) => is.replace("kind: CronJob", "kind: CronJob\r\nkind: Job"), /Map keys must be unique/],
  ];
  for (const [what, change, said, other] of bad) {
    it(`is refused with ${what}`, () => {
      assert.notEqual(other ?? change(text), text);
      assert.throws(() => readImage(change(text), FILE, other ?? source), said);
    });
  }

  it("does not hide an object behind another one of the same name", () => {
    const twins = "kind: A\nmetadata: { name: a }\nx: 1\n---\nkind: A\nmetadata: { name: a }\nx: 2\n";
    assert.equal(Object.keys(objectsIn(twins)).length, 2);
  });
});

describe("the image in a kustomization", () => {
  const source: Source = { kind: "kustomize", base: "charts/shop", image: "shop" };
  const only: Source = { kind: "kustomize", base: "charts/shop" };
  const text = [
    "resources: [../../../charts/shop]",
    "replicas:",
    "  - { name: shop, count: 2 }",
    "images:",
    "  - name: proxy",
    "    newTag: v9.0.0",
    "  - name: shop # the shop",
    "    newName: ghcr.io/vaarak/shop",
    "    newTag: v1.0.0 # Updated by CI",
    "",
  ].join("\n");

  it("is read, and written in its entry without another change", () => {
    const repository = "ghcr.io/vaarak/shop";
    assert.deepEqual(readImage(text, FILE, source), { repository, tag: "v1.0.0", digest: undefined });
    assert.equal(setImage(text, { tag: "v1.1.0" }, FILE, source), text.replace("v1.0.0", "v1.1.0"));
    const pinned = setImage(text, { tag: "v1.1.0", digest: DIGEST }, FILE, source);
    const line = `newTag: v1.1.0 # Updated by CI\n    digest: ${DIGEST}`;
    assert.equal(pinned, text.replace("newTag: v1.0.0 # Updated by CI", line));
    assert.deepEqual(readImage(pinned, FILE, source), { repository, tag: "v1.1.0", digest: DIGEST });
    assert.equal(restoreImage(pinned, text, FILE, { now: source, earlier: source }), text);
    assert.deepEqual(summarizeValues(pinned, source).others, summarizeValues(text, source).others);
    assert.equal(summarizeValues(pinned, source).image, `v1.1.0@${DIGEST}`);
  });

  it("has the name that Kustomize looks for where it gets no other one", () => {
    const alone = "images:\n  - name: ghcr.io/vaarak/shop\n    newTag: v1.0.0\n";
    assert.equal(readImage(alone, FILE, only).repository, "ghcr.io/vaarak/shop");
  });

  const bad: [what: string, text: string, said: RegExp, source?: Source][] = [
    ["no images", "resources: [a]\n", /images: got nothing; expected an entry with name and newTag of the image shop/],
    ["no such entry", text.replace("name: shop #", "name: web #"), /images: got other entries/],
    ["several entries, and none is named", text, /images: got 2 entries; expected one/, only],
    ["an entry twice", text.replace("name: proxy", "name: shop"), /images: got shop twice/],
    ["no tag", text.replace("    newTag: v1.0.0 # Updated by CI\n", ""), /images\[1\]\.newTag: got nothing/],
    [
      "another key first",
      "images:\n  - newTag: v1\n    name: shop\n",
      /images\[0\]: got another key first; expected name/,
    ],
    ["a list in braces over several lines", "images: [{ name: shop,\n newTag: }]\n", /newTag: got nothing/],
    ["a number as a tag that readers take differently", text.replace("v1.0.0", "0x10"), /got 0x10 without quotes/],
  ];
  for (const [what, broken, said, own = source] of bad) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => readImage(broken, FILE, own), said);
    });
  }
});
