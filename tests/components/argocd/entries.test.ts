import assert from "node:assert/strict";
import { checkEntries } from "@gitops-platform/components/argocd/entries";
import { checkParameters } from "@gitops-platform/components/argocd/parameters";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";
import { formatProblem } from "@gitops-platform/contract/problems";

const settings = (entries: Record<string, string>) =>
  checkEntries("3.6.1", { settings: entries, rbac: {} }).map(formatProblem);
const rbac = (entries: Record<string, string>) =>
  checkEntries("3.6.1", { settings: {}, rbac: entries }).map(formatProblem);

describe("entries of argocd-cm", () => {
  const accepted: Record<string, string> = {
    "ui.bannercontent": "production",
    "users.session.duration": "8h",
    "resource.customizations.health.cert-manager.io_Certificate": "return {}",
    "resource.customizations.ignoreDifferences.admissionregistration.k8s.io_MutatingWebhookConfiguration": "x",
    "kustomize.buildOptions": "",
    "timeout.reconciliation": "1m30s",
    "timeout.reconciliation.jitter": "0s",
    "exec.enabled": "false",
    "resource.exclusions": '- apiGroups: ["*.cilium.io"]\n  kinds: ["*"]\n- kinds: [Lease]\n',
  };

  for (const [name, value] of Object.entries(accepted)) {
    it(`may set ${name} to ${JSON.stringify(value)}`, () => {
      assert.deepEqual(settings({ [name]: value }), []);
    });
  }

  const refused: [name: string, value: string, says: RegExp][] = [
    ["users.session.duraton", "8h", /reads\. Did you mean users\.session\.duration\?$/],
    ["resource.customizations.healthy.Pod", "x", /expected an entry that this version of Argo CD reads/],
    ["url", "https://argocd.example", /Set argocd\.url\.$/],
    ["dex.config", "connectors: []", /expected no entry: the platform decides it/],
    ["accounts.ci", "apiKey", /expected no local user/],
    ["exec.enabled", "true", /expected false\. Remove it: users could open shells in containers\.$/],
    ["users.anonymous.enabled", "true", /expected false/],
    ["application.resourceTrackingMethod", "label", /expected annotation/],
    ["timeout.reconciliation", "0s", /expected a duration from 30s to 120s/],
    ["timeout.reconciliation", "0", /expected a duration from 30s to 120s/],
    ["timeout.reconciliation", "24h", /expected a duration from 30s to 120s/],
    ["timeout.reconciliation.jitter", "10m", /expected a duration from 0s to 60s/],
    ["server.rbac.rollback.enforce.enable", "false", /expected true/],
    ["helm.valuesFileSchemes", "https", /expected an empty value/],
    ["kustomize.buildOptions.v5.0.0", "--enable-helm", /expected an empty value/],
    ["extension.config.metrics", "x", /forward requests/],
    ["resource.customizations", "apps/Deployment: {}", /an entry of its own/],
    ["resource.customizations.ignoreDifferences.all", "jsonPointers: [/spec]", /neither reverted nor reported/],
    ["resource.customizations.ignoreDifferences.apps_Deployment", "x", /which the platform delivers/],
    ["resource.customizations.ignoreResourceUpdates.Service", "x", /which the platform delivers/],
    ["resource.customizations.ignoreDifferences._Service", "x", /which the platform delivers/],
    ["resource.customizations.ignoreResourceUpdates._ConfigMap", "x", /which the platform delivers/],
    ["resource.customizations.health.apps_Deployment", "return {}", /components\/argocd\/health\.ts/],
    ["resource.inclusions", "- kinds: [Pod]", /Use resource\.exclusions/],
    ["resource.exclusions", '- apiGroups: ["*"]\n  kinds: ["*"]\n', /no kind that the platform delivers/],
    ["resource.exclusions", "- apiGroups: [apps]\n", /no kind that the platform delivers/],
    ["resource.exclusions", '- apiGroups: ["a?ps"]\n  kinds: [Deployment]\n', /no kind that the platform delivers/],
    ["resource.exclusions", "- kinds: [Service]\n", /no kind that the platform delivers/],
    ["resource.exclusions", "kinds: [", /no kind that the platform delivers/],
    ["application.sync.impersonation.enabled", "true", /expected false/],
  ];
  for (const [name, value, says] of refused) {
    it(`may not set ${name} to ${JSON.stringify(value)}`, () => {
      const [problem = "", ...others] = settings({ [name]: value });
      assert.deepEqual(others, []);
      assert.ok(problem.startsWith(`argocd.settings["${name}"]: got ${JSON.stringify(value)}; expected `), problem);
      assert.match(problem, says);
    });
  }

  it("are refused in one report", () => {
    assert.equal(settings({ url: "https://a.example", "exec.enabled": "true", unknown: "x" }).length, 3);
  });
});

describe("entries of argocd-rbac-cm", () => {
  it("may add policies in files of their own, with comments and empty lines", () => {
    const policy = "# support\n\np, role:support, applications, get, */*, allow\ng, support, role:support\n";
    assert.deepEqual(rbac({ "policy.support.csv": policy, "policy.matchMode": "glob" }), []);
  });

  const refused: [name: string, value: string, says: RegExp][] = [
    ["policy.default", "role:readonly", /expected an empty value/],
    ["policy.csv", "g, a, role:admin", /Use policy\.<name>\.csv/],
    ["scopes", "[email]", /expected no entry/],
    ["policy.matchMode", "regex", /expected glob\. Remove it: the program's own policies are globs\.$/],
    ["policy.support.csv", "p, role:support, applications, get, */*", /expected lines of the form/],
    ["policy.support.csv", "g, support", /expected lines of the form/],
    ["policy.support.csv", "p, role:support, exec, create, */*, allow", /no shells in containers/],
    ["policy.support", "g, a, b", /policy\.<name>\.csv/],
    ["rules", "x", /expected an entry that this version of Argo CD reads/],
  ];
  for (const [name, value, says] of refused) {
    it(`may not set ${name} to ${JSON.stringify(value)}`, () => {
      const [problem = "", ...others] = rbac({ [name]: value });
      assert.deepEqual(others, []);
      assert.match(problem, says);
    });
  }
});

describe("parameters of Argo CD's processes", () => {
  const read = [
    "applicationsetcontroller.enable.scm.providers",
    "applicationsetcontroller.namespaces",
    "controller.self.heal.backoff.factor",
    "controller.self.heal.timeout.seconds",
    "controller.repo.server.plaintext",
    "controller.status.processors",
    "reposerver.disable.tls",
    "commit.server",
    "redis.sentinel.hosts",
    "redis.server",
    "repo.server",
    "server.dex.server",
    "server.enable.proxy.extension",
    "server.insecure",
  ];
  /** A workload that reads all parameters. */
  const workload = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    spec: read.map((key) => ({ configMapKeyRef: { name: "argocd-cmd-params-cm", key } })),
  } as Manifest;
  const problems = (parameters: Record<string, unknown>) => checkParameters(parameters, [workload]).map(formatProblem);

  it("may be tuned", () => {
    const tuned = { "controller.status.processors": 50, "server.insecure": true, "reposerver.disable.tls": false };
    assert.deepEqual(problems({ ...tuned, "controller.self.heal.backoff.factor": 1 }), []);
  });

  const refused: [name: string, value: unknown, expected: string][] = [
    ["controller.self.heal.backoff.factor", 3, "1"],
    ["controller.self.heal.timeout.seconds", 60, "no value"],
    ["applicationsetcontroller.enable.scm.providers", true, "false"],
    ["applicationsetcontroller.namespaces", "*", "no value"],
    ["server.enable.proxy.extension", "true", "false"],
    ["reposerver.disable.tls", true, "false"],
    ["controller.repo.server.plaintext", "true", "false"],
    ["repo.server", "other:8081", "no value"],
    ["commit.server", "other:8086", "no value"],
    ["redis.server", "other:6379", "no value"],
    ["redis.sentinel.hosts", "other:26379", "no value"],
    ["server.dex.server", "https://other", "no value"],
  ];
  for (const [name, value, expected] of refused) {
    it(`may not set ${name} to ${String(value)}`, () => {
      const [problem = "", ...others] = problems({ [name]: value });
      assert.deepEqual(others, []);
      assert.ok(
        problem.startsWith(`argocd.parameters["${name}"]: got ${JSON.stringify(value)}; expected ${expected}. `),
        problem,
      );
    });
  }
});
