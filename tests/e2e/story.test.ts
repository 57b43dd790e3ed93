/** The daily life of a service, from a commit to production and back, as the people around it type it. */
import assert from "node:assert/strict";
import type { Deployment } from "../../gitops/history/deployment";
import type { History } from "../../gitops/history/history";
import { until } from "../../sandbox/until";
import { alertsAbout } from "./support/alerts";
import { apiImage, cluster, runs } from "./support/platform";
import { as, conclusion, credentials, fileOn, gitops, openRelease, withToken } from "./support/people";
import { healthy, promoted, status, typed } from "./support/versions";

const FIRST = "sha-1111111";
const SECOND = "sha-2222222";

describe("a service's way", () => {
  let earlier = "";
  let release = 0;
  before(async () => {
    earlier = (await apiImage("prod")).replace(/^.*:/, "");
  });

  it("goes from a bump that CI asks for to dev, and from there to staging", async () => {
    const ci = await withToken(credentials().ciToken);
    const inputs = { service: "api", tag: FIRST };
    await ci.rest.actions.createWorkflowDispatch({ ...gitops, workflow_id: "bump.yaml", ref: "main", inputs });
    await runs("dev", FIRST);
    await healthy("dev", FIRST);
    await typed("developer", "promote", "api", "--from", "dev", "--to", "staging");
    await runs("staging", FIRST);
    await healthy("staging", FIRST);
  });

  it("comes to production's values, and production waits", async () => {
    await typed("developer", "promote", "api", "--from", "staging", "--to", "prod");
    assert.match(await fileOn("main", "environments/prod/api.yaml"), new RegExp(FIRST));
    release = await openRelease("api", FIRST);
    assert.match(await apiImage("prod"), new RegExp(`:${earlier}$`));
    const { services, waiting } = await status();
    assert.equal(services[0]?.environments.at(-1)?.waits?.image, FIRST);
    assert.ok(waiting.state === "known");
    const waits = waiting.value.find(({ number }) => number === release);
    assert.deepEqual([waits?.head, waits?.base], ["release/prod/api", "env/prod"]);
    assert.deepEqual(waits?.reviewers, ["@vaarak/production-approvers"]);
  });

  it("is not let in by a stranger, nor by whoever promoted it", async () => {
    await typed("engineer", "approve", "api");
    await typed("developer", "approve", "api");
    assert.equal(await conclusion(release, "four-eyes", "failure"), "failure");
    const { rest } = await as("developer");
    const { data } = await rest.pulls.get({ ...gitops, pull_number: release });
    assert.deepEqual([data.state, data.mergeable_state], ["open", "blocked"]);
    assert.match(await apiImage("prod"), new RegExp(`:${earlier}$`));
    const { data: reviews } = await rest.pulls.listReviews({ ...gitops, pull_number: release });
    const own = reviews.find(({ user }) => user?.login === "developer");
    assert.ok(own);
    await rest.pulls.dismissReview({ ...gitops, pull_number: release, review_id: own.id, message: "I promoted it" });
  });

  it("is live in production when an owner approves", async () => {
    await typed("approver", "approve", "api");
    await runs("prod", FIRST);
  });

  it("was alerted once, although many runs of the release workflow saw it wait", async () => {
    const { rest } = await as("developer");
    const { data } = await rest.pulls.get({ ...gitops, pull_number: release });
    const url = data.html_url;
    const text = `prod/api: Its release waits for approval. ${url}`;
    const alert = { text, event: "waiting-for-approval", service: "api", environment: "prod", url };
    assert.deepEqual(alertsAbout(url), [alert]);
  });

  it("stays as it was approved: a live edit is reverted while another release waits", async () => {
    await promoted(SECOND);
    await openRelease("api", SECOND);
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace: "api", name: "api" };
    const found = await cluster("prod").get(deployment);
    const { containers } = (found as unknown as { spec: { template: { spec: { containers: object[] } } } }).spec
      .template.spec;
    const edited = { ...containers[0], image: "ghcr.io/vaarak/api:sha-0000000" };
    await cluster("prod").patch(deployment, { spec: { template: { spec: { containers: [edited] } } } });
    await runs("prod", FIRST);
    assert.equal((await status()).services[0]?.environments.at(-1)?.waits?.image, SECOND);
  });

  it("goes back: the rollback waits for an owner, as each release does", async () => {
    await typed("approver", "approve", "api");
    await runs("prod", SECOND);
    const reason = "It answers slowly";
    await typed("developer", "rollback", "api", "--env", "prod", "--reason", reason);
    await openRelease("api", FIRST);
    assert.match(await apiImage("prod"), new RegExp(`:${SECOND}$`));
    await typed("other-approver", "approve", "api");
    await runs("prod", FIRST);
  });

  it("is told by history, from Git alone, with who approved", async () => {
    const told = await until<readonly Deployment[]>("the last approval is on record", async () => {
      const output = await typed("developer", "history", "api", "--env", "prod", "--json");
      const { deployments } = JSON.parse(output) as History;
      const open = deployments.filter(({ to, approval }) => to === FIRST && approval.state === "unverified");
      return open.length === 0 ? { done: deployments } : { waitingFor: JSON.stringify(open) };
    });
    const lines = told
      .filter(({ service }) => service === "api")
      .map(({ kind, from, to, approval }) => [
        kind,
        from,
        to,
        approval.state === "approved" ? approval.by : approval.state,
      ]);
    assert.deepEqual(lines.slice(0, 3), [
      ["rollback", SECOND, FIRST, ["@other-approver"]],
      ["promotion", FIRST, SECOND, ["@approver"]],
      // A stranger approved too: that is on record, and did not let it in.
      ["promotion", earlier, FIRST, ["@engineer", "@approver"]],
    ]);
  });
});
