import assert from "node:assert/strict";
import { Argocd } from "@gitops-platform/components/argocd/argocd";
import type { findRelease } from "@gitops-platform/components/argocd/release";
import { Delivery } from "@gitops-platform/components/delivery/delivery";
import { firstContent, firstManifests, readFiles } from "@gitops-platform/components/repository/content";
import { GitopsRepository } from "@gitops-platform/components/repository/repository";
import { formatReport } from "@gitops-platform/contract/problems";
import { environments, graph } from "@gitops-platform/environments/environments";
import { resolveSettings } from "@gitops-platform/environments/settings";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";
import { construct } from "@gitops-platform/test-support/components";
import { KubeconfigFile, raw } from "@gitops-platform/test-support/stack";

// Compares production's resources (type, name, inputs) before and after a change of its configuration. The end-to-end
// tests apply such changes to a live stack.

describe("a change of production's configuration", function () {
  this.timeout(20_000);
  const kubeconfig = new KubeconfigFile(["prod"]);
  after(() => {
    kubeconfig.remove();
  });

  /** Every resource of production by name, created as in index.ts. */
  async function production(changes: Record<string, unknown>): Promise<Map<string, unknown>> {
    const owners = { platformTeam: ["vaarak/platform"], approvers: { prod: ["vaarak/approvers"] }, checksApp: 4711 };
    const repository = { owner: "vaarak", name: "gitops", ...owners };
    const secrets = { githubToken: "t", webhookSecret: "s" };
    const values = { kubeconfig: kubeconfig.path, context: "prod", repository, ...secrets, ...changes };
    const find: typeof findRelease = () => Promise.resolve({ release: smallManifest(), problems: [] });
    const result = await resolveSettings("prod", raw(values), find);
    if ("problems" in result) throw new Error(formatReport("prod", result.problems));
    const { environment, ownership, handover, guard, argocd: args, repository: source } = result.settings;
    assert.ok(ownership);
    const { recorder } = await construct((opts) => {
      const { name, delivery, protect } = environment;
      const argocd = new Argocd("argocd", { ...args, environment: name, delivery, protect }, opts);
      const content = firstContent(readFiles(), { owner: "vaarak", services: ownership.seed.services }, graph);
      const approved = new Map([
        ["prod", firstManifests("prod", { owner: "vaarak", services: ownership.seed.services })],
      ]);
      const after = [argocd.namespace];
      const how = { repositoryUrl: source.url, environments };
      const parts = { repository: "gitops", ownership, graph, delivery: how, content, approved, protect, after };
      const made = new GitopsRepository("gitops", parts, opts);
      new Delivery(
        "delivery",
        { environment, handover, guard, repository: source, argocd, content: made.content },
        opts,
      );
    });
    return new Map(recorder.resources.map(({ type, name, inputs }) => [`${type.replace(/.*:/, "")} ${name}`, inputs]));
  }

  async function difference(before: Record<string, unknown>, after: Record<string, unknown>) {
    const [old, now] = [await production(before), await production(after)];
    const names = [...new Set([...old.keys(), ...now.keys()])].sort();
    return {
      added: names.filter((name) => !old.has(name)),
      gone: names.filter((name) => !now.has(name)),
      changed: names.filter(
        (name) => old.has(name) && now.has(name) && JSON.stringify(old.get(name)) !== JSON.stringify(now.get(name)),
      ),
    };
  }

  it("that hands a service over adds the objects that an earlier version made, and changes nothing else", async () => {
    assert.deepEqual(await difference({}, { handover: [{ name: "web" }] }), {
      added: [
        "AppProject appproject-prod-web",
        "Application application-web",
        "Namespace namespace-web",
        "NetworkPolicy networkpolicy-web-default-deny",
        "ResourceQuota resourcequota-web-pods",
      ],
      gone: [],
      changed: [],
    });
  });
});
