import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { Status } from "../../status/model";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { GitopsRepository, repository } from "@gitops-platform/test-support/gitops-repository";
import { environmentOf, gitops } from "../command";
import { Cluster } from "../drift/cluster";
import { find, observed } from "../drift/support";
import { values } from "@gitops-platform/test-support/cloned-repository";

const api = (environment: string) => `environments/${environment}/api.yaml`;

describe("gitops status against the stand-in", function () {
  this.timeout(60_000);
  const github = new GitopsRepository();
  let sha: string;

  before(async () => {
    await github.makeEmpty();
    const clone = await github.clone("owner");
    await commit(clone, "First content", {
      ".github/CODEOWNERS": "* @vaarak/approvers\n",
      "charts/service/Chart.yaml": "version: 1.0.0\n",
      [api("dev")]: values("sha-0000001"),
      [api("prod")]: values("sha-0000001"),
    });
    sha = await clone.git("rev-parse", "HEAD");
    await clone.git("push", "--quiet", "origin", "main", "main:env/prod");
    await commit(clone, "Promote api\n\nService: api\nEnvironment: prod\nRequested-By: @dora", {
      [api("prod")]: values("sha-0000002"),
    });
    await clone.git("push", "--quiet", "origin", "main");
    await clone.git("checkout", "--quiet", "-b", "release/prod/api", "origin/env/prod");
    await commit(clone, "Release api", { [api("prod")]: values("sha-0000002") });
    await clone.git("push", "--quiet", "origin", "release/prod/api");
    const { pulls, checks } = github.octokit("release").rest;
    const release = { title: "Release api sha-0000002 to prod", head: "release/prod/api", base: "env/prod" };
    const { data } = await pulls.create({ ...repository, ...release });
    const check = { name: "validate (env/prod)", status: "completed" as const, conclusion: "success" as const };
    await checks.create({ ...repository, ...check, head_sha: data.head.sha });
    await deploy("dev/api", sha);
  });

  async function deploy(environment: string, ref: string): Promise<void> {
    const argocd = github.octokit("argocd").rest.repos;
    const request = { ...repository, ref, environment, auto_merge: false, required_contexts: [] };
    const { data } = await argocd.createDeployment(request);
    if (!("id" in data)) throw new Error("no deployment");
    await argocd.createDeploymentStatus({ ...repository, deployment_id: data.id, state: "success" });
  }
  after(() => github.remove());

  it("shows what Git declares, what runs, and what waits for whom", async () => {
    const { stdout, stderr, code } = await gitops(environmentOf(github.url, "dora"), "status", "--json");
    assert.deepEqual([code, stderr], [0, ""]);
    const status = JSON.parse(stdout) as Status;
    assert.deepEqual(
      status.environments.map(({ name, branch }) => [name, branch]),
      [
        ["dev", "main"],
        ["staging", "main"],
        ["prod", "env/prod"],
      ],
    );
    const [dev, staging, prod] = status.services[0]?.environments ?? [];
    assert.equal(dev?.declared?.image, "sha-0000001");
    assert.deepEqual(dev.declared.came?.by, ["Test"]);
    assert.ok(dev.runs.state === "known");
    const { at, ...runs } = dev.runs.value;
    assert.ok(Date.parse(at ?? "") > 0);
    assert.deepEqual(runs, {
      source: "GitHub deployments",
      image: "sha-0000001",
      repository: "ghcr.io/vaarak/api",
      commit: sha,
      compared: null,
      follows: null,
      health: "Healthy",
      sync: null,
      drift: null,
    });
    assert.deepEqual([staging?.declared, staging?.runs], [null, { state: "nothing known" }]);
    assert.deepEqual(prod?.waits, { image: "sha-0000002", configuration: false });
    assert.ok(status.waiting.state === "known");
    const [release] = status.waiting.value;
    assert.deepEqual(release?.checks, { "validate (env/prod)": "success" });
    assert.deepEqual(release.reviewers, ["@vaarak/approvers"]);
  });

  it("raises an alarm only for a deployed commit that is not on the environment's branch", async () => {
    const clone = await github.clone("owner");
    await clone.git("checkout", "--quiet", "-b", "feature", "origin/env/prod");
    await commit(clone, "Never approved", { [api("prod")]: values("sha-bad0bad") });
    const foreign = await clone.git("rev-parse", "HEAD");
    await clone.git("push", "--quiet", "origin", "feature");
    const alarmed = async (ref: string) => {
      await deploy("prod/api", ref);
      const { stdout, code } = await gitops(environmentOf(github.url, "dora"), "status", "--env", "prod", "--json");
      return { alarms: (JSON.parse(stdout) as Status).services[0]?.environments[0]?.alarms, code };
    };
    const alarms = [{ kind: "off-branch", revision: foreign, branch: "env/prod" }];
    assert.deepEqual(await alarmed(foreign), { alarms, code: 1 });
    const { stdout } = await gitops({ ...environmentOf(github.url, "dora"), COLUMNS: "80" }, "status");
    assert.match(stdout, new RegExp(`^ALARM prod/api: ${foreign.slice(0, 7)} is not on env/prod, `, "m"));
    assert.deepEqual(await alarmed(sha), { alarms: [], code: 0 });
  });

  it("fits into 80 columns", async () => {
    const { stdout } = await gitops({ ...environmentOf(github.url, "dora"), COLUMNS: "80" }, "status");
    const lines = stdout.trimEnd().split("\n");
    assert.ok(
      lines.every((line) => line.length <= 80),
      stdout,
    );
    assert.match(lines[0] ?? "", /^SERVICE +ENV +DECLARED .*RUNS +HEALTH +WAITS$/);
    assert.match(stdout, /^api +prod +sha-0000001 .* sha-0000002$/m);
    assert.match(stdout, /^#1 +.*a review by @vaarak\/approvers/m);
  });

  it("shows the rest if the token cannot read the deployments", async () => {
    const { stdout, code } = await gitops(
      { ...environmentOf(github.url, "dev"), GITHUB_TOKEN: "token-of-bump-reading" },
      ...["status", "--env", "dev", "--json"],
    );
    const status = JSON.parse(stdout) as Status;
    assert.equal(code, 0);
    assert.equal(status.services[0]?.environments[0]?.declared?.image, "sha-0000001");
    assert.equal(status.services[0].environments[0].runs.state, "out of reach");
  });

  it("shows undeclared changes in a cluster, and exits with 1", async () => {
    const cluster = await new Cluster().start();
    try {
      cluster.fake.seed(find(observed().edited, "ConfigMap", "stray"));
      // A commit on no branch would raise an alarm.
      const application = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
      cluster.fake.set(application, { status: {} });
      const args = ["status", "--env", "prod", "--json", "--cluster", `prod=${cluster.fake.kubeconfig}`];
      const { stdout, code } = await gitops(environmentOf(github.url, "dora"), ...args);
      assert.equal(code, 1);
      const { services, environments } = JSON.parse(stdout) as Status;
      const byGroup = "--as=<you> --as-group=gitops-platform:break-glass";
      const stray = services[0]?.environments[0]?.findings.find(({ object }) => object.name === "stray");
      assert.deepEqual(
        [stray?.kind, stray?.manager, stray?.undo],
        ["undeclared-object", "kubectl-create", `kubectl delete -n api configmap/stray ${byGroup}`],
      );
      assert.match(stray?.notes.join(" ") ?? "", /guard of prod/);
      assert.deepEqual(services[0]?.environments[0]?.alarms, []);
      const reason = "Argo CD has compared it with no commit yet";
      assert.deepEqual(environments[0]?.unread, [{ what: "what Git declares for api", reason }]);
    } finally {
      await cluster.fake.stop();
    }
  });

  it("reports a cluster that is out of reach", async () => {
    const kubeconfig = `${github.folder}/kubeconfig`;
    writeFileSync(
      kubeconfig,
      "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}]\n" +
        "contexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\ncurrent-context: c\n",
    );
    const args = ["status", "--env", "prod", "--json", "--cluster", `prod=${kubeconfig}`];
    const { stdout, code } = await gitops(environmentOf(github.url, "dora"), ...args);
    assert.equal(code, 0);
    const [prod] = (JSON.parse(stdout) as Status).services[0]?.environments ?? [];
    assert.equal(prod?.runs.state, "out of reach");
    const [{ unread }] = (JSON.parse(stdout) as Status).environments as [Status["environments"][number]];
    assert.equal(unread[0]?.what, "undeclared changes");
  });

  it("refuses an unknown environment of a cluster, and an unknown service, in one sentence", async () => {
    const env = environmentOf(github.url, "dora");
    const cluster = await gitops(env, "status", "--cluster", "qa=kubeconfig");
    assert.deepEqual([cluster.code, cluster.stdout], [1, ""]);
    assert.match(cluster.stderr, /^--cluster: got "qa=kubeconfig"; expected .*\n$/);
    const history = await gitops(env, "history", "API");
    assert.match(history.stderr, /^service: got "API"; expected .*\n$/);
  });

  it("shows the history with the same token", async () => {
    const { stdout, code } = await gitops(
      { ...environmentOf(github.url, "dora"), COLUMNS: "80" },
      "history",
      "--env",
      "prod",
    );
    assert.equal(code, 0);
    assert.match(stdout, /^WHEN \(UTC\) .*APPROVED BY +PR$/m);
    assert.match(stdout, /^[-\d]+ [:\d]+ +api +deployment +sha-0000001 +Test +–$/m);
  });
});
