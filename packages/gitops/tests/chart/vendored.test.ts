import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readArchive } from "../../chart/archive";
import { contentDigest, originText, readOrigin } from "../../chart/origin";
import { vendor } from "../../chart/vendored";
import { type Entry, packed, packedChart } from "./tar";

const CHART = "apiVersion: v2\nname: shop\nversion: 1.2.3\n";
const ORDER = { chart: "shop", version: "1.2.3" };
const pax = (path: string) => {
  const record = ` path=${path}\n`;
  return `${record.length + 2}${record}`;
};

describe("the archive of a chart", () => {
  it("gives the files of its folder, also with long paths", () => {
    const long = `shop/templates/${"a".repeat(120)}.yaml`;
    const archive = packed(
      { path: "shop/", type: "5" },
      { path: "shop/Chart.yaml", content: CHART },
      { path: "pax", type: "x", content: pax(long) },
      { path: "cut", content: "b: 1\n" },
      { path: "long", type: "L", content: `${long}.txt\0` },
      { path: "cut", content: "c: 1\n" },
    );
    const files = [...readArchive(archive, "shop.tgz")].map(([path, content]) => [path, content.toString()]);
    const below = long.slice("shop/".length);
    assert.deepEqual(files, [
      ["Chart.yaml", CHART],
      [below, "b: 1\n"],
      [`${below}.txt`, "c: 1\n"],
    ]);
  });

  const bad: [what: string, entries: readonly Entry[], said: RegExp][] = [
    ["a symbolic link", [{ path: "shop/a", type: "2" }], /"shop\/a": got something that is no file/],
    ["a hard link", [{ path: "shop/a", type: "1" }], /got something that is no file/],
    ["a device", [{ path: "shop/a", type: "3" }], /got something that is no file/],
    ["a way out", [{ path: "shop/../../a" }], /got a path that is not in the chart's folder/],
    ["a long way out", [{ path: "p", type: "x", content: pax("shop/../a") }, { path: "b" }], /got a path that is not/],
    ["an absolute path", [{ path: "/etc/passwd" }], /"\/etc\/passwd": got a path that is not/],
    ["a file beside the folder", [{ path: "a" }], /got a path that is not/],
    ["a name with a backslash", [{ path: "shop/..\\a" }], /got a path that is not/],
    ["a file twice", [{ path: "shop/a" }, { path: "shop/A" }], /"shop\/A": got it twice/],
  ];
  for (const [what, entries, said] of bad) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => readArchive(packed(...entries), "shop.tgz"), said);
    });
  }

  it("is refused where it is damaged, cut, none or huge", () => {
    const tar = Buffer.alloc(1024, "a");
    assert.throws(() => readArchive(gzipSync(tar), "shop.tgz"), /shop\.tgz: got a damaged archive/);
    assert.throws(() => readArchive(Buffer.from("html"), "shop.tgz"), /shop\.tgz: got no archive/);
    assert.throws(() => readArchive(gzipSync(Buffer.alloc(21_000_000)), "shop.tgz"), /shop\.tgz: got no archive/);
  });
});

describe("a third-party chart", () => {
  const inner = packedChart("db", { "Chart.yaml": "name: db\nversion: 1.0.0\n", "templates/tests/a.yaml": "a: 1\n" });

  it("is taken with the charts in it, without what the repository does not need", () => {
    const { files, left } = vendor(
      packedChart("shop", {
        "Chart.yaml":
          `${CHART}dependencies:\n  # the database\n` +
          "  - name: db\n    version: 1.0.0\n    repository: https://a.example\n",
        "Chart.lock": "a: 1\n",
        ".helmignore": "a\n",
        "shop.prov": "a\n",
        "charts/db-1.0.0.tgz": inner,
        "templates/a.yaml": "a: 1\n",
        "templates/tests/b.yaml": "a: 1\n",
      }),
      ORDER,
    );
    assert.deepEqual(Object.fromEntries(files), {
      "Chart.yaml": `${CHART}dependencies:\n  # the database\n  - name: db\n    version: 1.0.0\n`,
      "charts/db/Chart.yaml": "name: db\nversion: 1.0.0\n",
      "templates/a.yaml": "a: 1\n",
    });
    const all = [
      "Chart.lock",
      ".helmignore",
      "shop.prov",
      "charts/db/templates/tests/a.yaml",
      "templates/tests/b.yaml",
    ];
    assert.deepEqual([...left].sort(), all.sort());
  });

  it("is refused with everything that is wrong with it", () => {
    const archive = packedChart("shop", {
      "Chart.yaml": "name: web\nversion: 1.2.4\n",
      "icon.png": Buffer.of(0xff, 0xfe),
      "requirements.yaml": "a: 1\n",
    });
    assert.throws(
      () => vendor(archive, ORDER),
      (error: Error) =>
        [
          /icon\.png: got bytes that are not UTF-8/,
          /requirements\.yaml: got a file of Helm 2/,
          /Chart\.yaml: name: got "web"; expected "shop"/,
          /Chart\.yaml: version: got "1\.2\.4"; expected "1\.2\.3"/,
        ].every((said) => said.test(error.message)),
    );
    const twice = { "Chart.yaml": CHART, "charts/a.tgz": inner, "charts/db/Chart.yaml": "name: db\n" };
    assert.throws(
      () => vendor(packedChart("shop", twice), ORDER),
      /charts\/db\/Chart\.yaml: got it packed and unpacked/,
    );
    const out = { "Chart.yaml": CHART, "charts/a.tgz": packedChart("a", { "Chart.yaml": "name: ../../a\n" }) };
    assert.throws(() => vendor(packedChart("shop", out), ORDER), /charts\/a\.tgz: got no chart with a name/);
  });
});

describe("the origin of a chart", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const origin = { from: "oci://a.example/charts", ...ORDER, archive: digest, content: digest };
  const text = originText("shop", origin);

  it("is read as it was written", () => {
    assert.deepEqual(readOrigin(text, "a"), { origin, problems: [] });
  });

  it("has the digest of the list that sha256sum prints", () => {
    // printf 'a\n' > a; printf 'b\n' > b/c; find . -type f -printf '%P\n' | sort | xargs sha256sum | sha256sum
    const files = new Map([
      ["b/c", "b\n"],
      ["a", "a\n"],
    ]);
    assert.equal(contentDigest(files), "sha256:db489cf0f9f9253f6251bc25fb20904679409f0165d3626586d982298fd7f36b");
  });

  const bad: [what: string, change: (text: string) => string, said: RegExp][] = [
    ["a range", (is) => is.replace('"1.2.3"', '"^1.2.3"'), /version: got "\^1\.2\.3"; expected one exact version/],
    ["no version", (is) => is.replace(/version: .*\n/, ""), /expected a line with version/],
    ["another key", (is) => `${is}a: 1\n`, /a: got 1; expected no such key/],
    ["a user in the address", (is) => is.replace("a.example", "u:p@a.example"), /from: got .*expected the address/],
    ["another address", (is) => is.replace("oci://", "http://"), /from: got "http/],
    ["a short digest", (is) => is.replace(digest, "sha256:aa"), /archive: got "sha256:aa"/],
    ["ambiguous text", (is) => is.replace('"shop"', "010"), /got 010 without quotes/],
  ];
  for (const [what, change, said] of bad) {
    it(`is refused with ${what}`, () => {
      const { origin: read, problems } = readOrigin(change(text), "a");
      assert.equal(read, undefined);
      assert.match(problems.map(({ message }) => message).join("\n"), said);
    });
  }
});
