import assert from "node:assert/strict";
import { type Measured, sample } from "../../history/metrics";
import { plotsPage } from "../../plots/page";
import { countScale, durationScale, timeScale } from "../../plots/plot";
import { failureRates, periodDays, periods } from "../../plots/figures";
import { deployment, hour, id } from "../board/support";

const DAY = 24 * 60 * 60 * 1000;

// Newest first: v2 was rolled back three hours after it came, v3 stayed.
const history = [
  deployment("prod", "v3", 60, { from: "v1" }),
  deployment("prod", "v1", 33, { from: "v2", kind: "rollback" }),
  deployment("prod", "v2", 30, { from: "v1" }),
  deployment("prod", "v1", 10),
];
const first = [deployment("dev", "v3", 50), deployment("dev", "v2", 28), deployment("dev", "v1", 4)];
const measured: Measured = {
  environment: "prod",
  deployments: history,
  first,
  since: undefined,
  now: new Date(hour(70)),
};

describe("the data of the plots", () => {
  it("has each version with its lead time, and each failure with its rollback", () => {
    const { counted, leadTimes, failures } = sample(measured);
    assert.deepEqual(
      counted.map(({ to }) => to),
      ["v3", "v2", "v1"],
    );
    assert.deepEqual(
      leadTimes.map(({ seconds }) => seconds / 3600),
      [10, 2, 6],
    );
    assert.deepEqual(
      failures.map(({ failed, rollback, seconds }) => [failed.to, rollback.to, seconds / 3600]),
      [["v2", "v1", 3]],
    );
  });

  it("has the rate of failures after each version, oldest first", () => {
    assert.deepEqual(
      failureRates(sample(measured)).map(({ deployment: { to }, rate }) => [to, Math.round(rate * 100)]),
      [
        ["v1", 0],
        ["v2", 50],
        ["v3", 33],
      ],
    );
  });

  it("is grouped by days, weeks or longer, oldest first", () => {
    assert.deepEqual([periodDays(0, 29 * DAY), periodDays(0, 200 * DAY), periodDays(0, 400 * DAY)], [1, 7, 28]);
    const found = periods(sample(measured).counted, Date.parse(hour(0)), 1);
    assert.deepEqual(
      found.map(({ middle, deployments }) => [middle - Date.parse(hour(0)), deployments.map(({ to }) => to)]),
      [
        [0.5 * DAY, ["v1"]],
        [1.5 * DAY, ["v2"]],
        [2.5 * DAY, ["v3"]],
      ],
    );
  });
});

describe("a scale", () => {
  it("places the first and last time at its ends, and accepts a single time", () => {
    const { place, ticks } = timeScale([0, 10 * DAY], [0, 100]);
    assert.deepEqual([place(0), place(5 * DAY), place(10 * DAY)], [0, 50, 100]);
    assert.deepEqual(
      ticks.map(({ label }) => label),
      ["1970-01-01", "1970-01-06", "1970-01-11"],
    );
    assert.equal(timeScale([5, 5], [0, 100]).place(5), 0);
  });

  it("shows seconds and weeks together", () => {
    const { place, ticks } = durationScale([60, 7 * 24 * 3600], [0, 100]);
    assert.deepEqual([place(60), place(7 * 24 * 3600)], [0, 100]);
    assert.ok(place(3600) > 40 && place(3600) < 50);
    assert.ok(ticks.length >= 3 && ticks.length <= 6);
    assert.ok(Number.isFinite(durationScale([], [0, 100]).place(5)));
    assert.ok(Number.isFinite(durationScale([0], [0, 100]).place(0)));
  });

  it("counts in whole steps", () => {
    assert.deepEqual(
      countScale(7, [0, 100]).ticks.map(({ label }) => label),
      ["0", "2", "4", "6", "8"],
    );
  });
});

describe("the plots' page", () => {
  const draw = (deployments = history) => {
    const url = "https://github.com/vaarak/gitops";
    const each = { ...measured, deployments };
    return plotsPage({ repository: "vaarak/gitops", url, measured: [each], service: undefined, now: measured.now });
  };
  const figure = (text: string, title: string) =>
    text.slice(text.indexOf(`<h3>${title}</h3>`)).split("</figure>")[0] ?? "";

  it("links each point to its commit, and has the same data in a table", () => {
    const text = draw();
    for (const [title, commits] of [
      ["Deployment frequency", [10, 30, 60]],
      ["Lead time", [10, 30, 60]],
      ["Change-failure rate", [30]],
      ["Time to restore", [33]],
    ] as const) {
      const part = figure(text, title);
      const [svg = "", table = ""] = part.split("</svg>");
      assert.equal(svg.split("<a href").length - 1, commits.length, title);
      for (const commit of commits) {
        assert.ok(svg.includes(`https://github.com/vaarak/gitops/commit/${id(commit)}`), `${title} ${commit}`);
        assert.ok(table.includes(id(commit)), `the table of ${title}: ${commit}`);
      }
    }
    assert.match(figure(text, "Lead time"), /6 h in the median/);
    assert.match(figure(text, "Change-failure rate"), /33 % in all/);
  });

  it("escapes names and versions, and forbids scripts", () => {
    const hostile = "<img src=x onerror=alert(1)>";
    const text = draw([deployment("prod", hostile, 10, { service: hostile })]);
    assert.doesNotMatch(text, /<img/);
    assert.match(text, /default-src &#39;none&#39;/);
    assert.doesNotMatch(text, / style="/);
  });

  it("says so if there is no data", () => {
    assert.match(draw([]), /No new version in this period\./);
  });
});
