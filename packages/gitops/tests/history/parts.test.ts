import assert from "node:assert/strict";
import { printHistory } from "../../commands/history";
import { type Deployment, summarizeChange } from "../../history/deployment";
import { parseSince } from "../../history/history";
import { summarizeValues } from "../../values/differences";

describe("--since", () => {
  const now = new Date("2026-03-10T12:00:00Z");
  const cases: [text: string, date: string][] = [
    ["30d", "2026-02-08T12:00:00.000Z"],
    ["12h", "2026-03-10T00:00:00.000Z"],
    ["2026-01-01", "2026-01-01T00:00:00.000Z"],
    ["2026-01-01T10:00+02:00", "2026-01-01T08:00:00.000Z"],
  ];
  for (const [text, date] of cases) {
    it(`accepts ${text}`, () => {
      assert.equal(parseSince(text, now).toISOString(), date);
    });
  }
  for (const text of ["", "yesterday", "30", "2026-13-01", "30 d", "-3d"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseSince(text, now), { message: /^--since: got ".*"; expected 30d, 12h or a day\. / });
    });
  }
});

describe("the image in values", () => {
  const cases: [what: string, text: string, image: string | null][] = [
    ["a quoted tag", 'image:\n  tag: "sha-a1b2c3d"\n', "sha-a1b2c3d"],
    ["a tag with a digest", "image: {tag: v1, digest: 'sha256:00'}\n", "v1@sha256:00"],
    ["a tag that YAML reads as a number", "image:\n  tag: 12\n", "12"],
    ["no tag", "image:\n  repository: x\n", null],
    ["an image that is not a mapping", "image: api\n", null],
    ["a list", "- image\n", null],
    ["nothing", "", null],
    ["invalid YAML", "image: [", null],
    ["the same key twice", "image: {tag: a}\nimage: {tag: b}\n", null],
  ];
  for (const [what, text, image] of cases) {
    it(`with ${what}: ${image ?? "no image"}`, () => {
      assert.equal(summarizeValues(text).image, image);
    });
  }
});

describe("the author of a change and its reason", () => {
  const commit = (message: string, author = "Ada") => ({ id: message, parents: ["p"], author, at: "", message });
  const step = (...inner: ReturnType<typeof commit>[]) => ({ ...commit("Merge"), inner });
  const about = { environment: "dev", service: "api" };

  it("come from the commits that name the service in that environment", () => {
    const others = [
      commit("Web\n\nService: web\nRequested-By: @w"),
      commit("Api\n\nService: api\nEnvironment: prod\nRequested-By: @p"),
    ];
    const summary = summarizeChange(
      step(...others, commit("Deploy\n\nBecause.\n\nService: api\nRequested-By: @a", "bump[bot]")),
      about,
    );
    assert.deepEqual(summary, {
      by: ["@a"],
      subject: "Deploy",
      explanation: "Because.",
      reverts: false,
      promoted: false,
    });
  });

  it("come from people's own commits, and the reason from the newest of them", () => {
    const summary = summarizeChange(
      step(commit("Second\n\nMore."), commit("First", "Ben"), commit("X\n\nService: web")),
      about,
    );
    assert.deepEqual([summary.by, summary.subject, summary.explanation], [["Ada", "Ben"], "Second", "More."]);
  });

  it("do not come from what people write about others in their own commits", () => {
    const summary = summarizeChange(step(commit("Change\n\nService: api\nRequested-By: @boss", "Eve")), about);
    assert.deepEqual(summary.by, ["Eve"]);
  });

  it("include whether it is a revert, by Git's message or by the trailer", () => {
    const reverts = (message: string) => summarizeChange(step(commit(message)), about).reverts;
    assert.equal(reverts('Revert "x"\n\nThis reverts commit 0123456789.'), true);
    assert.equal(reverts("Roll back\n\nService: api\nReverts: 0123456"), true);
    assert.equal(reverts("Talk about reverts"), false);
  });
});

describe("the history on a terminal", () => {
  const deployment: Deployment = {
    at: "2026-01-31T03:04:05.000Z",
    commit: "0123456789abcdef",
    environment: "prod",
    service: "api",
    chart: null,
    kind: "promotion",
    from: "sha-a1b2c3d",
    to: "sha-b2c3d4e",
    configuration: true,
    by: ["@dora"],
    byRecord: true,
    approval: { state: "approved", by: ["@ann", "@art"] },
    subject: "Release",
    explanation: "Faster\u001b[2J checkout",
    pullRequest: 12,
  };
  const metrics = {
    environment: "prod",
    days: 30,
    deployments: 4,
    deploymentsPerDay: 4 / 30,
    leadTimeMedianSeconds: 7200,
    changeFailureRate: 0.25,
    timeToRestoreMedianSeconds: null,
  };

  it("has all columns if there is room", () => {
    const text = printHistory(
      { deployments: [deployment], metrics: [metrics], warnings: [] },
      { width: Infinity, color: false },
    );
    assert.deepEqual(text.split("\n"), [
      "WHEN (UTC)        COMMIT   SERVICE  WHAT                       " +
        "VERSION                    BY     APPROVED BY  PR   WHY",
      "2026-01-31 03:04  0123456  api      promotion + configuration  " +
        "sha-a1b2c3d → sha-b2c3d4e  @dora  @ann, @art   #12  Faster checkout",
      "",
      "prod: 4 new versions in 30 days, lead time from dev 2 h, 25 % rolled back",
    ]);
  });

  it("keeps who deployed and who approved in 80 columns", () => {
    const narrow = { ...deployment, configuration: false };
    const text = printHistory({ deployments: [narrow], metrics: [metrics], warnings: [] }, { width: 80, color: false });
    assert.equal(text.split("\n")[1], "2026-01-31 03:04  api      promotion  sha-b2c3d4e  @dora  @ann, @art   #12");
  });

  it("gives the reason for an unverified approval, in red", () => {
    const unverified = { ...deployment, approval: { state: "unverified" as const, reason: "there is no record x" } };
    const text = printHistory(
      { deployments: [unverified], metrics: [], warnings: [] },
      { width: Infinity, color: true },
    );
    assert.ok(text.includes("\u001b[31mUNVERIFIED: there is no record x\u001b[39m"));
  });

  it("notes that names come from commits if there is no signed record", () => {
    const { byRecord, ...claimed } = deployment;
    assert.equal(byRecord, true);
    const look = { width: 80, color: false };
    const said = (...deployments: Deployment[]) => printHistory({ deployments, metrics: [], warnings: [] }, look);
    assert.match(said(deployment, claimed), /\n\nNames under BY come from commits where there is no signed record\.$/);
    assert.equal(said(deployment).includes("what the commits say"), false);
  });

  it("says so if nothing was deployed", () => {
    assert.equal(
      printHistory({ deployments: [], metrics: [], warnings: [] }, { width: 80, color: false }),
      "Nothing was deployed in that time.",
    );
  });
});
