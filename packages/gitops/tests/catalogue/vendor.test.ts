import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";
import { addChart, type ChartOrder, updateChart } from "../../catalogue/vendor";
import { readOrigin } from "../../chart/origin";
import { type Pull, pullWithHelm } from "../../chart/pull";
import { packedChart } from "../chart/tar";

const ORDER: ChartOrder = { name: "shop", from: "oci://a.example/charts", chart: "shop", version: "1.2.3" };
const chartOf = (version: string, more: Readonly<Record<string, string>> = {}) =>
  packedChart("shop", {
    "Chart.yaml": `apiVersion: v2\nname: shop\nversion: ${version}\n`,
    "Chart.lock": "a\n",
    ...more,
  });

describe("gitops chart", function () {
  this.timeout(120_000);
  this.slow(10_000);
  let github: GitopsRepository;
  let pulled: string[];
  let archives: Record<string, Buffer>;
  beforeEach(async () => {
    pulled = [];
    archives = { "1.2.3": chartOf("1.2.3", { "templates/a.yaml": "a: 1\n" }), "1.3.0": chartOf("1.3.0") };
    github = new GitopsRepository();
    await github.make({
      files: { "environments/dev/api.yaml": values("sha-1111111"), "charts/own/Chart.yaml": "a: 1\n" },
    });
  });
  afterEach(() => github.remove());

  const pull: Pull = ({ from, chart, version }) => {
    pulled.push(`${from} ${chart} ${version}`);
    return Promise.resolve(archives[version] ?? Buffer.of());
  };
  const asDora = { login: "dora" };
  const add = (more: Partial<ChartOrder> = {}) =>
    github.change((session, waiting) => addChart(session, { ...ORDER, ...more }, pull, waiting), asDora);
  const update = (version: string, name = "shop") =>
    github.change((session, waiting) => updateChart(session, { name, version }, pull, waiting), asDora);
  const pathsOf = async (pull_number = 0) => {
    const { data } = await github.octokit("owner").rest.pulls.listFiles({ ...repository, pull_number, per_page: 100 });
    return data.map(({ filename, status }) => `${status} ${filename}`).sort();
  };
  const merge = async (number = 0) => {
    await github.sayValid(number);
    await github.approve("pat", number);
    await github.octokit("pat").rest.pulls.merge({ ...repository, pull_number: number });
  };

  it("opens one pull request with the chart and its origin, and with what another version changes", async () => {
    const first = await add();
    assert.deepEqual(
      [first.state, first.summary, pulled],
      ["opened", "Add the chart shop 1.2.3", ["oci://a.example/charts shop 1.2.3"]],
    );
    const number = first.pullRequest?.number ?? 0;
    assert.deepEqual(await pathsOf(number), [
      "added charts/shop.origin.yaml",
      "added charts/shop/Chart.yaml",
      "added charts/shop/templates/a.yaml",
    ]);
    const { body } = await github.pull(number);
    assert.match(
      body ?? "",
      /^`charts\/shop` is the chart `shop` 1\.2\.3 of `oci:\/\/a\.example\/charts`, as its arch/,
    );
    assert.match(body ?? "", /Left out: `Chart\.lock`\./);
    assert.equal((await add()).state, "open");
    await merge(number);
    const text = await github.read("charts/shop.origin.yaml");
    assert.equal(readOrigin(text, "a").origin?.version, "1.2.3");
    assert.equal((await add()).state, "already");
    assert.equal((await update("1.2.3")).state, "already");

    const second = await update("1.3.0");
    assert.deepEqual(await pathsOf(second.pullRequest?.number), [
      "modified charts/shop.origin.yaml",
      "modified charts/shop/Chart.yaml",
      "removed charts/shop/templates/a.yaml",
    ]);
    archives = { "1.2.3": chartOf("1.2.3", { "templates/b.yaml": "b: 1\n" }) };
    await assert.rejects(
      update("1.2.3"),
      /archive: got sha256:.* for shop 1\.2\.3 .*; expected sha256:.*, as charts\/shop/,
    );
    await assert.rejects(
      add({ version: "1.3.0" }),
      /name: got shop, which main has already; .*gitops chart update shop/,
    );
  });

  it("reports everything that is wrong in one report, and fetches and changes nothing", async () => {
    await assert.rejects(
      add({ name: "service", from: "http://u:p@a.example", chart: "--debug", version: "^1.2" }),
      (error: Error) => {
        const [name = "", from = "", chart = "", version = "", ...more] = error.message.split("\n");
        assert.match(name, /^name: got "service"; expected lower-case letters/);
        assert.match(from, /^from: got an address with a user; expected the address of a Helm repository/);
        assert.match(chart, /^chart: got "--debug"; expected the name of a chart/);
        assert.match(version, /^version: got "\^1\.2"; expected one exact version, such as 1\.2\.3/);
        return more.length === 0;
      },
    );
    for (const version of ["", "1.2", "1.x.0", ">=1.0.0", "1.2.3 || 2.0.0", "latest", "*"]) {
      await assert.rejects(add({ version }), /^Failure: version: got .*; expected one exact version[^\n]*$/);
    }
    await assert.rejects(add({ name: "own" }), /name: got own, which main has already; expected a new chart/);
    await assert.rejects(
      update("1.x", "sho"),
      /name: got sho; expected a chart with an origin[^\n]*\nversion: got "1\.x"/,
    );
    assert.deepEqual([pulled, await github.pulls()], [[], []]);
  });

  it("changes nothing for an archive that is no such chart", async () => {
    archives = { "1.2.3": chartOf("1.2.4") };
    await assert.rejects(add(), /Chart\.yaml: version: got "1\.2\.4"; expected "1\.2\.3"/);
    assert.deepEqual(await github.pulls(), []);
  });

  it("is for people, because a bot may change images only", async () => {
    const asBot = github.change((session, waiting) => addChart(session, ORDER, pull, waiting), { login: "bump" });
    await assert.rejects(asBot, /^Failure: GITOPS_BOT: got bump\[bot\]; expected nothing/);
  });
});

describe("fetching a chart", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pull-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A Helm that does what a line of a shell says, with its arguments after `--destination`. */
  function helm(line: string): Pull {
    const text = `#!/bin/sh\ncase "$1" in version) echo v4.0.0; exit ;; esac\nfor last; do :; done\n${line}\n`;
    writeFileSync(join(folder, "helm"), text);
    chmodSync(join(folder, "helm"), 0o755);
    return pullWithHelm({ PATH: [folder, "/usr/bin", "/bin"].join(delimiter) });
  }

  it("asks Helm for one version, from a repository or a registry", async () => {
    const said = helm('echo "$@" > "$last/a.tgz"');
    const registry = (await said({ ...ORDER, from: "oci://a.example/charts/" })).toString();
    assert.match(registry, /^pull oci:\/\/a\.example\/charts\/shop --version 1\.2\.3 --destination \S+\n$/);
    const place = (await said({ ...ORDER, from: "https://a.example" })).toString();
    assert.match(place, /^pull shop --repo https:\/\/a\.example --version 1\.2\.3 --destination \S+\n$/);
  });

  it("is refused with what Helm says, and where it brings nothing", async () => {
    const failing = helm('echo "Error: chart not found" >&2; exit 1');
    await assert.rejects(failing(ORDER), /^Failure: from: got chart not found; expected shop 1\.2\.3 of oci:/);
    await assert.rejects(helm("exit 0")(ORDER), /^Failure: from: got no archive; expected shop 1\.2\.3/);
  });
});
