/** `up` on clusters on which the guard would not work: it reports this before it creates anything. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { argocdNamespace } from "@gitops-platform/components/argocd/installation";
import { readClusterFacts } from "@gitops-platform/components/cluster-facts";
import { guard } from "@gitops-platform/components/delivery/guard/guard";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";
import { staging } from "@gitops-platform/environments/staging";
import { until } from "@gitops-platform/clients/until";
import { ApiServer } from "./support/api-server";

const root = join(__dirname, "../..");

describe("up on a cluster on which the guard would not work", function () {
  this.timeout("20m"); // the tools may have to be built
  const folder = mkdtempSync(join(tmpdir(), "guard-preflight-"));
  let server: ApiServer | undefined;

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs `up` of staging on the cluster, and returns its output. Fails if it created anything. */
  async function refusedUp({ client, kubeconfig, data }: ApiServer, guard: object): Promise<string> {
    const config = {
      kubeconfig,
      context: client.connection.context,
      argocd: { manifest: join(data, "argocd", "install.yaml") },
      repository: { owner: "vaarak", name: "gitops" },
      webhookSecret: "s3cr3t",
      guard,
    };
    const named = Object.entries(config).map(([key, value]) => [`gitops-platform:${key}`, value]);
    const stackFile = join(folder, "Pulumi.staging.yaml");
    writeFileSync(stackFile, JSON.stringify({ config: Object.fromEntries(named) as unknown }));
    const flags = ["--stack", "staging", "--config-file", stackFile, "--state", join(folder, "state.json")];
    const { exitCode, all } = await execa(
      process.execPath,
      ["-r", "./scripts/register.js", "packages/engine/main.ts", "up", ...flags],
      { cwd: root, env: { NO_COLOR: "1" }, reject: false, all: true, timeout: 120_000 },
    );
    assert.equal(exitCode, 1, all);
    assert.equal(
      await client.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "argocd", name: "argocd-cm" }),
      undefined,
    );
    return all;
  }

  it("names the API that the cluster lacks, and the consequence of running without it", async () => {
    server = await ApiServer.start([
      "--runtime-config=admissionregistration.k8s.io/v1/validatingadmissionpolicies=false",
      "--disable-admission-plugins=ValidatingAdmissionPolicy",
    ]);
    assert.match(
      await refusedUp(server, {}),
      /guard\.mode: got "deny" on .+; expected .+ serves ValidatingAdmissionPolicy .+ With "off" nothing is refused/,
    );
  });

  it("names its user if the new guard would refuse that user's next run", async () => {
    server = await ApiServer.start();
    assert.match(
      await refusedUp(server, { platform: [{ user: "ci" }] }),
      /guard\.platform: got \["ci"\]; expected an entry .+, who is "admin" in system:masters, system:authenticated\./,
    );
  });

  it("names its user if the guard in the cluster refuses them, whatever the new settings are", async () => {
    server = await ApiServer.start();
    const { client } = server;
    const parts = guard({
      environment: { ...staging, guard: "deny" },
      repositoryUrl: "https://github.com/vaarak/gitops.git",
      exemptions: guardExemptions({ platform: [{ user: "ci" }] }),
    });
    const objects = [argocdNamespace(), ...parts.flatMap(({ policy, binding }) => [policy, binding])];
    for (const object of objects) {
      await client.apply(object as KubernetesObject, { fieldManager: "pulumi" });
    }
    await until("the guard refuses", async () => {
      const facts = await readClusterFacts({ path: server?.kubeconfig ?? "" }, client.connection.context);
      return facts?.refusal === undefined ? { waitingFor: "its policies" } : { done: true };
    });
    assert.match(
      await refusedUp(server, {}),
      new RegExp(
        'guard\\.platform: got this kubeconfig\'s user, who is "admin" in system:masters, system:authenticated: .*' +
          "gitops-platform-guard-namespaces.*; expected a user whom the guard in the cluster permits to change",
      ),
    );
  });
});
