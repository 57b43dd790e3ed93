/**
 * All four combinations of sync and drift with the real Argo CD of dev: automatic sync, waiting, reverted edits and
 * alerts. story.test.ts also tests production's combination, manual and heal.
 */
import assert from "node:assert/strict";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import type { Status } from "@gitops-platform/gitops/status/model";
import { until } from "@gitops-platform/clients/until";
import { alerted, alerts } from "./support/alerts";
import { cli, fileOn, merge, propose } from "./support/people";
import { setPolicy } from "./support/delivery-policy";
import { callArgocd, projectToken } from "./support/project-role";
import { apiDeployment, apiImage, cluster, editLive, paths, runs } from "./support/platform";

const FILE = "environments/dev/api.yaml";
const application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  namespace: "argocd",
  name: "api",
} as const;

interface ApplicationStatus {
  sync?: { status?: string; revision?: string };
  operationState?: { phase?: string; syncResult?: { revision?: string } };
}

describe("the delivery policy", () => {
  /** The number of alerts before the test. */
  let heard = 0;

  after(() => policy({ sync: "auto", drift: "heal" }));

  const policy = (delivery: DeliveryPolicy) => setPolicy("dev", delivery);

  /**
   * Brings a tag to dev's values on `main`. Returns the merge commit.
   * @param values The file's content apart from the tag. Default: unchanged.
   */
  async function commit(tag: string, values?: string): Promise<string> {
    const text = (values ?? (await fileOn("main", FILE))).replace(/tag: "[^"]*"/, `tag: "${tag}"`);
    const files = { [FILE]: text };
    return merge("developer", await propose({ by: "developer", base: "main", title: `Deploy ${tag}`, files }));
  }

  /** Marks the Service as another Application's, or as its own again. Two Applications cannot declare one object. */
  async function claimService(name: string): Promise<void> {
    const annotations = { "argocd.argoproj.io/tracking-id": `${name}:/Service:api/api` };
    await cluster("dev").patch(
      { apiVersion: "v1", kind: "Service", namespace: "api", name: "api" },
      { metadata: { annotations } },
    );
  }

  async function status(): Promise<ApplicationStatus> {
    return (await cluster("dev").get(application))?.status ?? {};
  }

  async function limit(): Promise<number> {
    return (await apiDeployment("dev")).spec.revisionHistoryLimit;
  }

  const told = (pattern: RegExp) => alerted("argocd/dev", pattern, heard);
  const healed = () =>
    until("the edit is reverted", async () =>
      (await limit()) === 3 ? { done: true } : { waitingFor: `revisionHistoryLimit is ${await limit()}` },
    );

  beforeEach(() => {
    heard = alerts().length;
  });

  it("auto and heal: deploys a commit, and reverts an edit with an alert", async () => {
    await policy({ sync: "auto", drift: "heal" });
    await commit("sha-4010001");
    await runs("dev", "sha-4010001");
    await editLive("dev", { spec: { revisionHistoryLimit: 9 } });
    await healed();
    await told(/it was restored to/);
  });

  it("auto and heal: sends an alert if Kubernetes refuses a commit, and keeps the running version", async () => {
    const before = await apiImage("dev");
    const values = await fileOn("main", FILE);
    // The chart's schema accepts that CIDR; Kubernetes does not.
    const egress = '\nnetworkPolicy:\n  egress:\n    - cidr: "1:::2/64"\n      port: 443\n';
    await commit("sha-4011001", `${values}${egress}`);
    await told(/^dev\/api: Argo CD cannot compare Git with the cluster: .*1:::2/s);
    assert.equal(await apiImage("dev"), before);
    await commit("sha-4011002", values);
    await runs("dev", "sha-4011002");
  });

  it("auto and heal: sends an alert if a sync fails, and keeps the running version until one succeeds", async () => {
    const before = await apiImage("dev");
    await claimService("other");
    await commit("sha-4012001");
    await told(/^dev\/api: [0-9a-f]{7} cannot be deployed: Shared resource found/);
    assert.equal(await apiImage("dev"), before);
    await claimService("api");
    await runs("dev", "sha-4012001");
  });

  it("auto and alert: deploys a commit, and keeps an edit with an alert", async () => {
    await policy({ sync: "auto", drift: "alert" });
    await commit("sha-4020002");
    await runs("dev", "sha-4020002");
    await editLive("dev", { spec: { revisionHistoryLimit: 9 } });
    await told(/differs from .*edited it by hand/);
    assert.equal(await limit(), 9);
    const asked = ["--cluster", `dev=${paths.environments.dev.kubeconfig}`];
    const { stdout } = await cli("developer", "status", "--env", "dev", "--json", ...asked);
    const { services } = JSON.parse(stdout) as Status;
    assert.ok(services[0]?.environments[0]?.runs.state === "known");
    assert.equal(services[0].environments[0].runs.value.drift, true);
    await commit("sha-4020003");
    await runs("dev", "sha-4020003");
    await healed();
  });

  it("manual and alert: sends alerts about a commit and an edit, and lets an operator only sync", async () => {
    await policy({ sync: "manual", drift: "alert" });
    const before = await apiImage("dev");
    const revision = await commit("sha-4030003");
    await told(/differs from .*the newest commit/);
    assert.equal((await status()).sync?.revision, revision);
    assert.equal(await apiImage("dev"), before);

    const call = (token: string | undefined, method: string, path: string, body?: object) =>
      callArgocd("dev", token, method, `applications/${path}`, body);
    const operator = await projectToken({ environment: "dev", project: "dev-api", role: "operator" });
    assert.equal((await call(undefined, "POST", "api/sync", {})).status, 401);
    assert.equal((await call(operator, "POST", "api/sync", { revision: "env/prod" })).status, 403);
    assert.equal((await call(operator, "DELETE", "api?cascade=false")).status, 403);
    const synced = await call(operator, "POST", "api/sync", {});
    assert.equal(synced.status, 200, synced.text);
    await runs("dev", "sha-4030003");
    heard = alerts().length;
    await editLive("dev", { spec: { revisionHistoryLimit: 9 } });
    await told(/differs from .*edited it by hand/);
    assert.equal(await limit(), 9);
  });

  it("manual and heal: does not deploy a commit before its release, and reverts an edit", async () => {
    const before = await apiImage("prod");
    const files: Record<string, string> = {};
    for (const path of ["environments/staging/api.yaml", "environments/prod/api.yaml"]) {
      files[path] = (await fileOn("main", path)).replace(/minReplicas: \d+/, "minReplicas: 4");
    }
    await merge("developer", await propose({ by: "developer", base: "main", title: "Four pods at the least", files }));
    await until("status lists the waiting change", async () => {
      const { stdout } = await cli("developer", "status", "--env", "prod", "--json");
      const { services } = JSON.parse(stdout) as { services: { environments: { waits: unknown }[] }[] };
      const waits = services[0]?.environments[0]?.waits;
      return waits ? { done: waits } : { waitingFor: stdout };
    });
    await editLive("prod", { spec: { revisionHistoryLimit: 9 } });
    await until("production's edit is reverted", async () => {
      const { spec } = await apiDeployment("prod");
      return spec.revisionHistoryLimit === 3 ? { done: true } : { waitingFor: `it is ${spec.revisionHistoryLimit}` };
    });
    assert.equal(await apiImage("prod"), before);
  });
});
