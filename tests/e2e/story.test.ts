/** The life of a service's version, from a commit to production and back, by the commands that people type. */
import assert from "node:assert/strict";
import type { Deployment } from "@gitops-platform/gitops/history/deployment";
import type { History } from "@gitops-platform/gitops/history/history";
import { until } from "@gitops-platform/clients/until";
import { readImage, versionName } from "@gitops-platform/contract/values/image";
import { alertsAbout } from "./support/alerts";
import { apiImage, attempt, emergency, GUARDED, pushCode, runs } from "./support/platform";
import { as, conclusion, fileOn, gitops, openRelease } from "./support/people";
import { healthy, promoted, status, typed } from "./support/versions";

const SECOND = "sha-2222222";

describe("a version of a service", () => {
  let earlier = "";
  /** The first commit's tag, and its version with the image's digest, from CI. */
  let tag = "";
  let first = "";
  let release = 0;
  before(async () => {
    earlier = (await apiImage("prod")).replace(/^.*:/, "");
  });

  it("reaches dev after a push to the service's repository, whose CI requests the bump", async () => {
    const commit = await pushCode("Answer faster");
    tag = `sha-${commit.slice(0, 7)}`;
    const path = "environments/dev/api.yaml";
    first = await until<string>(`dev's values say ${tag}`, async () => {
      const version = readImage(await fileOn("main", path), path);
      return version.tag === tag ? { done: versionName(version) } : { waitingFor: `they say ${version.tag}` };
    });
    assert.match(first, /@sha256:[0-9a-f]{64}$/);
    await runs("dev", first);
  });

  it("is promoted from dev to staging", async () => {
    await healthy("dev", first);
    await typed("developer", "promote", "api", "--from", "dev", "--to", "staging");
    await runs("staging", first);
    await healthy("staging", first);
  });

  it("is promoted to production's values, but waits for approval", async () => {
    await typed("developer", "promote", "api", "--from", "staging", "--to", "prod");
    assert.match(await fileOn("main", "environments/prod/api.yaml"), new RegExp(tag));
    release = await openRelease("api", tag);
    assert.match(await apiImage("prod"), new RegExp(`:${earlier}$`));
    const { services, waiting } = await status();
    assert.equal(services[0]?.environments.at(-1)?.waits?.image, first);
    assert.ok(waiting.state === "known");
    const waits = waiting.value.find(({ number }) => number === release);
    assert.deepEqual([waits?.head, waits?.base], ["release/prod/api", "env/prod"]);
    assert.deepEqual(waits?.reviewers, ["@vaarak/production-approvers"]);
  });

  it("is not released by an approval from a person who is not an owner, or from its promoter", async () => {
    await typed("engineer", "approve", "api");
    await typed("developer", "approve", "api");
    assert.equal(await conclusion(release, "four-eyes", "failure"), "failure");
    const { rest } = await as("developer");
    const { data } = await rest.pulls.get({ ...gitops, pull_number: release });
    assert.deepEqual([data.state, data.mergeable_state], ["open", "blocked"]);
    assert.match(await apiImage("prod"), new RegExp(`:${earlier}$`));
  });

  it("runs in production after an owner approved it", async () => {
    await typed("approver", "approve", "api");
    await runs("prod", first);
  });

  it("caused one alert, although the release workflow ran many times while it waited", async () => {
    const { rest } = await as("developer");
    const { data } = await rest.pulls.get({ ...gitops, pull_number: release });
    const url = data.html_url;
    const text = `prod/api: Its release waits for approval. ${url}`;
    const alert = { text, event: "waiting-for-approval", service: "api", environment: "prod", url };
    assert.deepEqual(alertsAbout(url), [alert]);
  });

  it("is protected from live edits, which are refused or reverted, while another release waits", async () => {
    await promoted(SECOND);
    await openRelease("api", SECOND);
    const edit = ["-n", "api", "set", "image", "deployment/api", "*=ghcr.io/vaarak/api:sha-0000000"];
    const refusal = await attempt("prod", ...edit);
    assert.match(refusal, GUARDED);
    assert.match(refusal, /environments\/prod\/api\.yaml .*gitops rollback api --env prod/);
    assert.match(await emergency("prod", ...edit), /image updated/);
    await runs("prod", first);
    assert.equal((await status()).services[0]?.environments.at(-1)?.waits?.image, SECOND);
  });

  it("is restored by a rollback, which waits for an owner like any release", async () => {
    await typed("approver", "approve", "api");
    await runs("prod", SECOND);
    const reason = "It answers slowly";
    await typed("developer", "rollback", "api", "--env", "prod", "--reason", reason);
    await openRelease("api", tag);
    assert.match(await apiImage("prod"), new RegExp(`:${SECOND}$`));
    await typed("other-approver", "approve", "api");
    await runs("prod", first);
  });

  it("is listed by gitops history with its approver, from Git alone", async () => {
    const told = await until<readonly Deployment[]>("the last approval is on record", async () => {
      const output = await typed("developer", "history", "api", "--env", "prod", "--json");
      const { deployments } = JSON.parse(output) as History;
      const open = deployments.filter(({ to, approval }) => to === first && approval.state === "unverified");
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
      ["rollback", SECOND, first, ["@other-approver"]],
      ["promotion", first, SECOND, ["@approver"]],
      // A person who is not an owner and the promoter approved too, but their approvals do not count.
      ["promotion", earlier, first, ["@approver"]],
    ]);
  });
});
