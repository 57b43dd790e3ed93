/**
 * Break-glass with the repository's own workflow, over HTTP and Git: start, refusal, alert, release and reports.
 * packages/gitops/tests/four-eyes/break-glass.test.ts has the table of who can use it.
 */
import assert from "node:assert/strict";
import type { Octokit } from "@octokit/rest";
import type { Deployment } from "@gitops-platform/gitops/history/deployment";
import type { History } from "@gitops-platform/gitops/history/history";
import { until } from "@gitops-platform/clients/until";
import { alerts, alertsAbout } from "./support/alerts";
import { as, conclusion, credentials, fileOn, gitops, merge, openRelease, propose, withToken } from "./support/people";
import { apiImage, runs } from "./support/platform";
import { promoted, status, typed } from "./support/versions";

const ALONE = "sha-9110001";
const OTHER = "sha-9110002";
const REASON = "The site is down and nobody answers";

/** Starts the workflow as a person does on GitHub, waits for its end, and returns its conclusion and log. */
async function breakGlass(by: Octokit, reason = REASON): Promise<{ conclusion: string | null; log: string }> {
  const { rest } = await as("developer");
  const workflow = { ...gitops, workflow_id: "break-glass.yaml" };
  const { data: before } = await rest.actions.listWorkflowRuns(workflow);
  const inputs = { service: "api", environment: "prod", reason };
  await by.rest.actions.createWorkflowDispatch({ ...workflow, ref: "main", inputs });
  const run = await until<{ id: number; conclusion: string | null }>("the workflow's end", async () => {
    const { data } = await rest.actions.listWorkflowRuns(workflow);
    const [newest] = data.workflow_runs;
    if (!newest || data.total_count === before.total_count) return { waitingFor: "its run" };
    return newest.status === "completed" ? { done: newest } : { waitingFor: newest.status ?? "its status" };
  });
  const { data: jobs } = await rest.actions.listJobsForWorkflowRun({ ...gitops, run_id: run.id });
  const { data: log } = await rest.actions.downloadJobLogsForWorkflowRun({ ...gitops, job_id: jobs.jobs[0]?.id ?? 0 });
  return { conclusion: run.conclusion, log: String(log) };
}

/** Asserts that the workflow refuses a person, and that no alert is sent. */
async function refused(by: Octokit, pattern: RegExp): Promise<void> {
  const broken = () => alerts().filter(({ message }) => message.event === "break-glass-used").length;
  const before = broken();
  const { conclusion: ended, log } = await breakGlass(by);
  assert.equal(ended, "failure", log);
  assert.match(log, pattern);
  assert.equal(broken(), before);
}

async function pageOf(pull: number) {
  const { rest } = await as("developer");
  return (await rest.pulls.get({ ...gitops, pull_number: pull })).data;
}

/** The check four-eyes on a commit. */
async function fourEyes(commit: string) {
  const { rest } = await as("developer");
  const { data } = await rest.checks.listForRef({ ...gitops, ref: commit, check_name: "four-eyes (env/prod)" });
  const found = data.check_runs.find(({ app }) => app?.slug === "gitops-release");
  assert.ok(found, "the App set four-eyes");
  return found;
}

describe("break-glass", () => {
  describe("for an owner who promoted the release and is alone", () => {
    let release = 0;
    let page = { url: "", head: "" };
    before(async () => {
      await promoted(ALONE, "approver");
      release = await openRelease("api", ALONE);
      const { html_url: url, head } = await pageOf(release);
      page = { url, head: head.sha };
    });

    it("is refused to people without an approval of the release, and to CI", async () => {
      await refused(await as("engineer"), /got no approval of [0-9a-f]{7} by @engineer/);
      await refused(
        await withToken(credentials().ciToken),
        /GITOPS_REQUESTED_BY: got ci, an account of CI; expected a person/,
      );
      await refused(await as("approver"), /got no approval of [0-9a-f]{7} by @approver/);
    });

    it("is refused to another owner after the promoter's approval, which four-eyes does not count", async () => {
      await typed("approver", "approve", "api");
      assert.equal(await conclusion(release, "four-eyes", "failure"), "failure");
      await until("four-eyes names the promoter", async () => {
        const { title } = (await fourEyes(page.head)).output;
        return title === "Approved by approver, who contributed to it" ? { done: title } : { waitingFor: title ?? "" };
      });
      await refused(await as("other-approver"), /got no approval of [0-9a-f]{7} by @other-approver/);
      assert.doesNotMatch(await apiImage("prod"), new RegExp(ALONE));
    });

    it("sends an alert, then sets the check, so that the workflow Release merges the release", async () => {
      const { conclusion: ended, log } = await breakGlass(await as("approver"));
      assert.equal(ended, "success", log);
      const { url } = page;
      const text = `prod/api: @approver uses break-glass: ${REASON} ${url}`;
      assert.deepEqual(alertsAbout(url).at(-1), {
        ...{ text, event: "break-glass-used", service: "api", environment: "prod", url },
      });
      await runs("prod", ALONE);
      const check = await fourEyes(page.head);
      assert.deepEqual(
        [check.app?.slug, check.conclusion, check.output.title],
        ["gitops-release", "success", `Break-glass by @approver: ${REASON}`],
      );
      // GitHub's times are whole seconds.
      const alerted = Date.parse(alerts().findLast(({ message }) => message.url === url)?.at ?? "");
      assert.ok(Math.floor(alerted / 1000) * 1000 <= Date.parse(check.completed_at ?? ""));
      assert.equal((await pageOf(release)).merged_by?.login, "gitops-release[bot]");
    });

    it("is shown on the release pull request, and by gitops history and status", async () => {
      const { rest } = await as("developer");
      const { data: comments } = await rest.issues.listComments({ ...gitops, issue_number: release });
      assert.match(comments.at(-1)?.body ?? "", /^\*\*Break-glass\.\*\* @approver .*/);
      const told = await until<Deployment>("its record", async () => {
        const { deployments } = JSON.parse(
          await typed("developer", "history", "api", "--env", "prod", "--json"),
        ) as History;
        const found = deployments.find(({ to }) => to === ALONE);
        return found && found.approval.state !== "unverified" ? { done: found } : { waitingFor: JSON.stringify(found) };
      });
      const approval = { state: "break-glass", by: "@approver", reason: REASON };
      assert.deepEqual([told.approval, told.by, told.pullRequest], [approval, ["@approver"], release]);
      const declared = (await status()).services[0]?.environments.at(-1)?.declared;
      assert.deepEqual([declared?.image, declared?.came?.approval], [ALONE, approval]);
      assert.match(await typed("developer", "status"), /BREAK-GLASS @approver/);
      assert.match(await typed("developer", "history", "api", "--env", "prod"), /BREAK-GLASS @approver/);
    });
  });

  describe("for a developer who is not an owner", () => {
    let release = 0;
    before(async () => {
      const files: Record<string, string> = {};
      for (const path of ["environments/staging/api.yaml", "environments/prod/api.yaml"])
        files[path] = (await fileOn("main", path)).replace(/tag: "[^"]*"/, `tag: "${OTHER}"`);
      await merge("developer", await propose({ by: "developer", base: "main", title: `Promote ${OTHER}`, files }));
      release = await openRelease("api", OTHER);
    });
    after(async () => {
      await (await as("developer")).rest.pulls.update({ ...gitops, pull_number: release, state: "closed" });
    });

    it("is refused without an alert, because break-glass makes nobody an owner", async () => {
      await typed("developer", "approve", "api");
      assert.equal(await conclusion(release, "four-eyes", "failure"), "failure");
      await refused(await as("developer"), /makes nobody an owner/);
      const merging = (await as("developer")).rest.pulls.merge({ ...gitops, pull_number: release });
      await assert.rejects(merging, /code owner review/);
      assert.match(await apiImage("prod"), new RegExp(ALONE));
    });
  });
});
