import assert from "node:assert/strict";
import { formatMessage } from "@gitops-platform/contract/trailers";
import type { Deployment } from "../../history/deployment";
import { readHistory } from "../../history/history";
import { printHistory } from "../../commands/history";
import { TestRepository, values } from "@gitops-platform/test-support/cloned-repository";
import { Keys } from "@gitops-platform/test-support/keys";

const environments = ["dev", "staging", "prod"];
const file = (environment: string, service = "api") => `environments/${environment}/${service}.yaml`;
const bump = (tag: string, service = "api") =>
  formatMessage(`Deploy ${service} ${tag} to dev`, {
    Service: service,
    Environment: "dev",
    Image: tag,
    "Requested-By": "@ci",
  });

/** The parts of a deployment that tests compare, in one line. */
function line({ environment, service, chart, files, kind, from, to, by, approval }: Deployment): string {
  const what = files?.join(" ") ?? service ?? `chart ${chart ?? ""}`;
  return `${environment} ${what}: ${kind} ${from ?? "-"} → ${to ?? "-"} by ${by.join(", ")} (${approval.state})`;
}

describe("the history", function () {
  this.timeout(30_000);
  let repository: TestRepository;
  let keys: Keys;
  let signer: { key: string; line: string };
  before(() => {
    keys = new Keys();
    signer = keys.make("release-key");
  });
  after(() => {
    keys.remove();
  });
  beforeEach(() => {
    repository = new TestRepository();
    repository.commit({
      message: "First content",
      files: {
        ...Object.fromEntries(environments.map((name) => [file(name), values("sha-0000001")])),
        "charts/service/Chart.yaml": "name: service\nversion: 1.0.0\n",
        ".github/gitops/allowed_signers": signer.line,
      },
    });
    repository.branch("env/prod");
    repository.commit({ message: "Make the approvers own env/prod", files: { ".github/CODEOWNERS": "* @a/b\n" } });
    repository.branch("main");
  });
  afterEach(() => {
    repository.remove();
  });

  const read = (environment: string, service?: string) =>
    repository.read((clone) => readHistory(clone, { service, environments: [environment], since: undefined }));
  const lines = async (environment: string, service?: string) =>
    (await read(environment, service)).deployments.map(line);

  /** Merges a release as the platform does: the file from main, on top of env/prod. Returns the merge commit. */
  function release(tag: string, text = values(tag)): string {
    repository.branch("env/prod");
    const message = formatMessage(`Release api ${tag} to prod`, { Service: "api", Environment: "prod", Image: tag });
    const commit = repository.merge("env/prod", `Release api ${tag} to prod (#7)`, {
      message,
      files: { [file("prod")]: text },
      author: "release[bot]",
    });
    repository.branch("main");
    return commit;
  }

  function record(commit: string, trailers: Parameters<typeof formatMessage>[1] = {}, key = signer.key): void {
    const message = formatMessage("Release api to prod", {
      Service: "api",
      Environment: "prod",
      "Pull-Request": "7",
      "Approved-By": ["@ann"],
      "Promoted-By": ["@dora"],
      ...trailers,
    });
    repository.record(`release/prod/${commit.slice(0, 12)}`, commit, key, message);
  }

  function promote(tag: string, replicas = 1): void {
    const trailers = {
      Service: "api",
      Environment: "prod",
      Image: tag,
      "Promoted-From": "staging",
      "Requested-By": "@dora",
    };
    repository.merge("main", `Promote api ${tag} from staging to prod (#6)`, {
      message: formatMessage(`Promote api ${tag} from staging to prod`, trailers, "Checked in staging."),
      files: { [file("prod")]: values(tag, replicas) },
      author: "bump[bot]",
    });
  }

  it("lists a pull request for several services as one deployment of each, with who requested it", async () => {
    repository.merge(
      "main",
      "Deploy api and web to dev (#3)",
      { message: bump("sha-0000002"), files: { [file("dev")]: values("sha-0000002") }, author: "bump[bot]" },
      {
        message: bump("sha-0000009", "web").replace("@ci", "@web-ci"),
        files: { [file("dev", "web")]: values("sha-0000009") },
        author: "bump[bot]",
      },
    );
    const { deployments } = await read("dev");
    assert.deepEqual(deployments.slice(0, 2).map(line).sort(), [
      "dev api: deployment sha-0000001 → sha-0000002 by @ci (not needed)",
      "dev web: deployment - → sha-0000009 by @web-ci (not needed)",
    ]);
    assert.equal(deployments[0]?.pullRequest, 3);
    assert.equal((await lines("dev", "web")).filter((text) => text.includes("api")).length, 0);
  });

  it("takes the approvers of a release from its signed record, and who promoted it from main", async () => {
    promote("sha-0000002");
    record(release("sha-0000002"));
    const { deployments, warnings } = await read("prod");
    const [newest] = deployments;
    assert.deepEqual(newest && line(newest), "prod api: promotion sha-0000001 → sha-0000002 by @dora (approved)");
    assert.deepEqual(newest?.approval, { state: "approved", by: ["@ann"] });
    assert.deepEqual([newest.pullRequest, newest.explanation], [7, "Checked in staging."]);
    assert.deepEqual([newest.byRecord, deployments[1]?.byRecord], [true, undefined]);
    assert.deepEqual(warnings, []);
  });

  it("gives the reasons against a release that was merged past four-eyes", async () => {
    promote("sha-0000002");
    record(release("sha-0000002"), { "Approved-By": [], Refused: ["@ann had-part", "#12 nobody-asked"] });
    const history = await read("prod");
    const reason = "merged past four-eyes: @ann contributed to it; #12 was asked for by nobody known";
    assert.deepEqual(history.deployments[0]?.approval, { state: "unverified", reason });
    const text = printHistory(history, { width: 300, color: false });
    assert.ok(text.includes(`UNVERIFIED: ${reason}`), text);
  });

  it("lists a break-glass release with its person and reason", async () => {
    promote("sha-0000002");
    record(release("sha-0000002"), { "Approved-By": [], "Break-Glass": "@ada the site is down" });
    const [newest] = (await read("prod")).deployments;
    assert.deepEqual(newest?.approval, { state: "break-glass", by: "@ada", reason: "the site is down" });
  });

  it("requires no approval for the first commits of an environment branch", async () => {
    assert.deepEqual(await lines("prod", "api"), [
      "prod api: deployment - → sha-0000001 by Ada (not needed)",
      "prod chart service: chart - → 1.0.0 by Ada (not needed)",
    ]);
  });

  it("lists all changes of an environment branch, also of other files, which the metrics omit", async () => {
    const change = (message: string, files: Record<string, string>) => {
      repository.branch("env/prod");
      const merge = repository.merge("env/prod", message, { message, files });
      repository.branch("main");
      return merge;
    };
    const { metrics: before } = await read("prod");
    record(change("Who approves (#8)", { ".github/CODEOWNERS": "* @evil/b\n", ".gitattributes": "x\n" }));
    change("Values and what they render (#9)", {
      [file("prod")]: values("sha-0000002"),
      "manifests/api/manifests.yaml": "a: 1\n",
      [file("dev", "web")]: values("sha-1"),
    });
    change("What nothing renders (#10)", { "manifests/api/manifests.yaml": "a: 2\n" });
    change("Charts and what they render (#11)", {
      "charts/service/values.yaml": "b: 1\n",
      "manifests/api/manifests.yaml": "a: 3\n",
    });
    const { deployments, metrics } = await read("prod");
    assert.deepEqual(deployments.map(line).slice(0, 6), [
      "prod chart service: chart 1.0.0 → 1.0.0 by Ada (unverified)",
      "prod manifests/api/manifests.yaml: files - → - by Ada (unverified)",
      "prod api: deployment sha-0000001 → sha-0000002 by Ada (unverified)",
      "prod environments/dev/web.yaml: files - → - by Ada (unverified)",
      "prod .gitattributes .github/CODEOWNERS: files - → - by @dora (approved)",
      "prod .github/CODEOWNERS: files - → - by Ada (unverified)",
    ]);
    assert.deepEqual([metrics[0]?.deployments, before[0]?.deployments], [2, 1]);
    const text = printHistory({ deployments, metrics, warnings: [] }, { width: 80, color: false });
    assert.match(text, /^[-\d]+ [:\d]+ +other files +files +\.gitattributes \+1 +@ann$/m);
    assert.ok(
      text.split("\n").every((row) => row.length <= 80),
      text,
    );
    assert.equal((await lines("prod", "api")).filter((row) => row.includes(": files")).length, 0);
    assert.equal((await lines("dev")).filter((row) => row.includes(": files")).length, 0);
  });

  describe("does not believe", () => {
    it("a person's commit that names somebody else as the requester", async () => {
      const trailers = { Service: "api", Environment: "dev", "Requested-By": "@boss" };
      const message = formatMessage("Tune api", trailers);
      repository.merge("main", "Tune api (#4)", { message, files: { [file("dev")]: values("x-1") }, author: "Eve" });
      assert.equal((await lines("dev"))[0], "dev api: deployment sha-0000001 → x-1 by Eve (not needed)");
    });

    const reasonOf = async () => {
      const [newest] = (await read("prod")).deployments;
      assert.equal(newest?.approval.state, "unverified");
      return "reason" in newest.approval ? newest.approval.reason : "";
    };

    it("a merge without a record, even if its message names an approver", async () => {
      repository.branch("env/prod");
      const trailers = { Service: "api", Environment: "prod", "Approved-By": ["@ann"] };
      const message = formatMessage("Release api", trailers);
      repository.merge("env/prod", formatMessage("Release api (#8)", trailers), {
        message,
        files: { [file("prod")]: values("sha-0000003") },
      });
      assert.match(await reasonOf(), /^there is no record release\/prod\/[0-9a-f]{12}$/);
    });

    it("a commit that was pushed past the workflow", async () => {
      repository.branch("env/prod");
      repository.commit({ message: "Quick fix", files: { [file("prod")]: values("sha-0000003") }, author: "Mallory" });
      assert.match(await reasonOf(), /there is no record .*; it came without a pull request$/);
      assert.equal((await lines("prod"))[0], "prod api: deployment sha-0000001 → sha-0000003 by Mallory (unverified)");
    });

    it("a squash merge", async () => {
      repository.branch("env/prod");
      repository.commit({
        message: "Release api (#9)\n\nApproved-By: @ann",
        files: { [file("prod")]: values("sha-0000003") },
      });
      assert.match(await reasonOf(), /^there is no record/);
      assert.equal((await read("prod")).deployments[0]?.pullRequest, 9);
    });

    it("a record signed by another key", async () => {
      record(release("sha-0000002"), {}, keys.make("another-key").key);
      assert.match(await reasonOf(), /is not signed by the platform$/);
    });

    it("a record without a signature", async () => {
      const commit = release("sha-0000002");
      const message = formatMessage("Release", { Environment: "prod", "Approved-By": ["@ann"] });
      repository.git("tag", "-a", "-m", message, `release/prod/${commit.slice(0, 12)}`, commit);
      assert.match(await reasonOf(), /is not signed by the platform$/);
    });

    it("a signed record that was pushed again for another commit", async () => {
      const first = release("sha-0000002");
      record(first);
      const second = release("sha-0000003");
      const [from, to] = [first, second].map((commit) => `release/prod/${commit.slice(0, 12)}`);
      repository.git("update-ref", `refs/tags/${to}`, repository.git("rev-parse", `refs/tags/${from}`));
      assert.match(await reasonOf(), /is the record of something else$/);
    });

    it("a record of another environment", async () => {
      record(release("sha-0000002"), { Environment: "staging" });
      assert.match(await reasonOf(), /is the record of something else$/);
    });

    it("any record if main has no allowed signers", async () => {
      record(release("sha-0000002"));
      repository.commit({ message: "Remove", files: { ".github/gitops/allowed_signers": null } });
      assert.match(await reasonOf(), /^main has no \.github\/gitops\/allowed_signers/);
    });
  });

  it("recognizes a return to an older version as a rollback, but not a newer version again", async () => {
    for (const tag of ["sha-0000002", "sha-0000001", "sha-0000002"]) {
      repository.commit({ message: `Set ${tag}`, files: { [file("dev")]: values(tag) } });
    }
    assert.deepEqual(
      (await read("dev", "api")).deployments.slice(0, 3).map(({ kind }) => kind),
      ["deployment", "rollback", "deployment"],
    );
  });

  it("recognizes a rollback of production by the trailer of the commit on main", async () => {
    record(release("sha-0000002"));
    const trailers = {
      Service: "api",
      Environment: "prod",
      Image: "sha-0000000",
      Reverts: "0123abc",
      "Requested-By": "@ada",
    };
    repository.merge("main", "Roll back (#8)", {
      message: formatMessage("Roll back api in prod to sha-0000000", trailers, "Errors at checkout."),
      files: { [file("prod")]: values("sha-0000000") },
      author: "bump[bot]",
    });
    record(release("sha-0000000"), { "Promoted-By": [] });
    const [newest] = (await read("prod")).deployments;
    assert.equal(newest && line(newest), "prod api: rollback sha-0000002 → sha-0000000 by @ada (approved)");
    assert.equal(newest?.explanation, "Errors at checkout.");
  });

  it("lists changes of configuration, charts and removals, but not of comments", async () => {
    repository.commit({ message: "Two replicas", files: { [file("dev")]: values("sha-0000001", 2) } });
    repository.commit({ message: "A comment", files: { [file("dev")]: `# Note\n${values("sha-0000001", 2)}` } });
    const chart = {
      "charts/service/Chart.yaml": "name: service\nversion: 1.1.0\n",
      "charts/service/values.yaml": "a: 1\n",
    };
    repository.commit({ message: "A chart", files: chart, author: "Pat" });
    repository.commit({ message: "No api any more", files: { [file("dev")]: null } });
    assert.deepEqual((await lines("dev")).slice(0, 3), [
      "dev api: removal sha-0000001 → - by Ada (not needed)",
      "dev chart service: chart 1.0.0 → 1.1.0 by Pat (not needed)",
      "dev api: configuration sha-0000001 → sha-0000001 by Ada (not needed)",
    ]);
  });

  it("reads values that are not YAML, or have no image, as no version", async () => {
    repository.commit({ message: "Broken", files: { [file("dev")]: "image: [" } });
    repository.commit({ message: "Fixed", files: { [file("dev")]: values("sha-0000002") } });
    assert.deepEqual((await lines("dev")).slice(0, 2), [
      "dev api: deployment - → sha-0000002 by Ada (not needed)",
      "dev api: configuration sha-0000001 → - by Ada (not needed)",
    ]);
  });

  it("warns about a record whose commit the branch no longer has", async () => {
    const commit = release("sha-0000002");
    record(commit);
    repository.git("branch", "--force", "env/prod", `${commit}^1`);
    const { warnings } = await read("prod");
    assert.match(
      warnings[0] ?? "",
      new RegExp(`^release/prod/.* records ${commit.slice(0, 7)}, which is not on env/prod`),
    );
  });

  it("measures production: lead time from dev, failure and the time to restore", async () => {
    repository.merge("main", "Deploy (#1)", {
      message: bump("sha-0000002"),
      files: { [file("dev")]: values("sha-0000002") },
    });
    promote("sha-0000002");
    record(release("sha-0000002"));
    record(release("sha-0000001"));
    const now = new Date("2026-01-05T02:00:00Z");
    const wanted = { service: "api", environments: ["prod"], since: new Date("2026-01-01T02:00:00Z") };
    const { metrics, deployments } = await repository.read((clone) => readHistory(clone, wanted, now));
    assert.equal(deployments.length, 2);
    assert.deepEqual(metrics, [
      {
        environment: "prod",
        days: 4,
        deployments: 1,
        deploymentsPerDay: 0.25,
        // Each commit and each merge takes an hour.
        leadTimeMedianSeconds: 4 * 3600,
        changeFailureRate: 1,
        timeToRestoreMedianSeconds: 2 * 3600,
      },
    ]);
  });
});
