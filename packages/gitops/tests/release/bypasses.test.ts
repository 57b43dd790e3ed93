import assert from "node:assert/strict";
import { alertForeignRevisions } from "../../release/bypasses";
import { useAlerts } from "@gitops-platform/test-support/alerts";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const repository = { owner: "vaarak", repo: "gitops" };

describe("a commit that a cluster reports but its branch never had", () => {
  const github = new GitopsRepository();
  const alerts = useAlerts();
  let evil = "";

  beforeEach(() => {
    alerts.received.length = 0;
  });
  before(async () => {
    await github.make();
    const clone = await github.clone("dev");
    await clone.git("checkout", "--quiet", "--detach", "origin/env/prod");
    await clone.git("commit", "--quiet", "--allow-empty", "-m", "Evil");
    evil = await clone.git("rev-parse", "HEAD");
    await clone.git("push", "--quiet", "origin", "HEAD:refs/heads/feature");
  });
  after(() => github.remove());

  const deployed = (environment: string, ref: string) =>
    github.octokit("owner").rest.repos.createDeployment({
      ...repository,
      environment,
      ref,
      auto_merge: false,
      required_contexts: [],
    });
  const look = () => github.as("release", (session) => alertForeignRevisions(session, ["prod"]));
  const told = () => alerts.received.map(({ payload }) => payload as { event: string; service: string });

  it("causes one alert for each service", async () => {
    await deployed("prod/api", "env/prod");
    await look();
    assert.deepEqual(told(), []);
    await deployed("prod/api", evil);
    await look();
    await look();
    assert.deepEqual(
      told().map(({ event, service }) => [event, service]),
      [["foreign-revision", "api"]],
    );
    await deployed("prod/web", evil);
    await look();
    assert.deepEqual(
      told().map(({ service }) => service),
      ["api", "web"],
    );
  });

  it("causes no alert without an environment branch, or if a newer deployment is on the branch", async () => {
    await deployed("dev/api", evil);
    await deployed("prod/api", "env/prod");
    await deployed("prod/web", "env/prod");
    await look();
    assert.deepEqual(told(), []);
  });

  it("causes an alert even if another account marked it as reported", async () => {
    const clone = await github.clone("dev");
    await clone.git("checkout", "--quiet", "--detach", evil);
    await clone.git("commit", "--quiet", "--allow-empty", "-m", "More evil");
    const other = await clone.git("rev-parse", "HEAD");
    await clone.git("push", "--quiet", "origin", "HEAD:refs/heads/feature");
    const mark = { name: "foreign-revision", head_sha: other, external_id: "prod/api", status: "completed" as const };
    await github.octokit("github-actions").rest.checks.create({ ...repository, ...mark, conclusion: "failure" });
    await deployed("prod/api", other);
    await look();
    assert.deepEqual(
      told().map(({ event }) => event),
      ["foreign-revision"],
    );
  });
});
