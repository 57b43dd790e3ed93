import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { page } from "./page";
import { plot } from "./plot";
import { figuresOnly, type Measurements, recorded } from "./record";

const docs = join(__dirname, "../../docs");
const times = { ours: [100, 300, 200], floor: [50, 50, 80] };

describe("the record of the bench", () => {
  const part = recorded({ figures: { heal: { title: "An edit & <more>", goal: { p50: 600 }, series: times } } });

  it("has each series in milliseconds", () => {
    assert.deepEqual(figuresOnly([part]), {
      heal: { ours: { p50: 200, p95: 300, max: 300, n: 3 }, floor: { p50: 50, p95: 80, max: 80, n: 3 } },
    });
  });

  it("is a page with the ratio to the floor and the goal", () => {
    const text = page({ heals: part });
    const cells = text
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split("|").map((cell) => cell.trim()));
    assert.deepEqual(
      cells.slice(-2).map((row) => row.slice(1, -1)),
      [
        ["An edit & <more>", "this platform", "3", "200 ms", "300 ms", "300 ms", "4.00×", "p50 ≤ 600 ms"],
        ["", "by hand", "3", "50.0 ms", "80.0 ms", "80.0 ms", "", ""],
      ],
    );
  });

  it("is a picture in which a longer time is further right", () => {
    const picture = plot({ heals: part });
    const [ours = 0, floor = 0] = Array.from(picture.matchAll(/<circle cx="([\d.]+)"/g), ([, x]) => Number(x));
    assert.ok(ours > floor && floor > 250);
    assert.match(picture, />An edit &amp; &lt;more></);
    assert.doesNotMatch(picture, /NaN|undefined/);
  });

  it("is what the documents show", () => {
    const file = join(docs, "performance.json");
    assert.ok(existsSync(file));
    const measurements = JSON.parse(readFileSync(file, "utf8")) as Measurements;
    assert.equal(readFileSync(join(docs, "performance.md"), "utf8"), page(measurements));
    assert.equal(readFileSync(join(docs, "pictures/performance.svg"), "utf8"), plot(measurements));
  });
});
