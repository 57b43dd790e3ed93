import assert from "node:assert/strict";
import { findRelease } from "@gitops-platform/components/argocd/release";
import { formatProblem } from "@gitops-platform/contract/problems";
import { checkArgocd } from "@gitops-platform/environments/argocd-cluster";
import type { ClusterFacts, NodeFacts } from "@gitops-platform/environments/cluster";
import { resolveSettings, type ReleaseChoice } from "@gitops-platform/environments/settings";
import { argocdTuningArea } from "@gitops-platform/environments/settings/argocd-tuning";
import supported from "../../supported.json";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";
import { KubeconfigFile, raw } from "@gitops-platform/test-support/stack";

describe("the tuning of Argo CD", () => {
  const kubeconfig = new KubeconfigFile(["dev", "prod"]);
  after(() => {
    kubeconfig.remove();
  });

  async function resolve(argocd: unknown, facts?: Partial<ClusterFacts>, stack = "dev") {
    const asked: ReleaseChoice[] = [];
    const repository = { owner: "vaarak", name: "gitops", manage: false };
    const handover: unknown[] = [];
    const values = { kubeconfig: kubeconfig.path, context: stack, repository, webhookSecret: "s", handover, argocd };
    const result = await resolveSettings(
      stack,
      raw(values),
      (choice) => {
        asked.push(choice);
        return Promise.resolve({ release: smallManifest(), problems: [] });
      },
      () => Promise.resolve([]),
      () => Promise.resolve(facts && { ...cluster, ...facts }),
    );
    return { asked, ...result };
  }
  async function problems(...given: Parameters<typeof resolve>): Promise<string[]> {
    const result = await resolve(...given);
    return "problems" in result ? result.problems.map(formatProblem) : [];
  }
  const cluster: ClusterFacts = {
    applications: [],
    servesPolicies: true,
    version: `v${supported.kubernetes}.0`,
    oldest: supported.kubernetes,
    user: "ada",
    groups: ["system:masters"],
  };

  it("is none by default, on the version that the platform is tested on", async () => {
    const result = await resolve(undefined);
    assert.ok("settings" in result);
    const { version, tuning } = result.settings.argocd;
    assert.equal(version, supported.argocd);
    const nothing = { replicas: {}, scheduling: {}, registry: {}, certificates: {}, settings: {}, rbac: {} };
    assert.deepEqual(tuning, { size: "small", ...nothing, patches: [] });
    assert.equal(result.asked[0]?.version, supported.argocd);
  });

  it("reaches the check of the release with entries as strings", async () => {
    const { asked } = await resolve({ version: "3.6.0", settings: { "webhook.maxPayloadSizeMB": 10 } });
    assert.equal(asked[0]?.version, "3.6.0");
    assert.deepEqual(asked[0].tuning.settings, { "webhook.maxPayloadSizeMB": "10" });
  });

  it("refuses a version without recorded checksums", async () => {
    const tuning = { size: "small", replicas: {}, scheduling: {}, registry: {}, certificates: {} } as const;
    const choice = { highAvailability: false, path: undefined, parameters: {} };
    const none = { ...tuning, settings: {}, rbac: {}, patches: [] };
    await assert.rejects(findRelease({ ...choice, version: "3.5.7", tuning: none }), {
      message:
        'argocd.version: got "3.5.7"; expected a reviewed release: 3.6.0, 3.6.1. To add one, read its release notes, ' +
        "and record its checksums in components/argocd/release.ts and packages/policy/argocd-release.ts.",
    });
  });

  describe("refuses", () => {
    const pem = (argocdTuningArea["argocd.certificates"].example as Record<string, string>)["git.vaarak.example"] ?? "";
    const cases: [what: string, argocd: unknown, says: RegExp][] = [
      ["an invalid number of pods", { replicas: { server: 0 } }, /argocd\.replicas\.server: got 0; expected a whole/],
      ["an unknown size", { size: "huge" }, /argocd\.size: got "huge"; expected one of small, medium, large/],
      ["a mirror with a scheme", { registry: { mirror: "https://registry.example" } }, /without https:\/\//],
      ["a proxy with a password", { proxy: { https: "http://me:hunter2@proxy.example" } }, /without user and password/],
      ["a CA that is not PEM", { certificates: { "git.example": "hello" } }, /certificates in PEM format that parse/],
      [
        "a CA that does not parse",
        { certificates: { "git.example": pem.replace("MIIB", "AAAA") } },
        /certificates in PEM format that parse/,
      ],
      [
        "a bundle with a damaged second CA",
        { certificates: { "git.example": `${pem}-----BEGIN CERTIFICATE-----\nMIIB\n` } },
        /certificates in PEM format that parse/,
      ],
      ["a CA for a URL", { certificates: { "https://git.example": pem } }, /expected host names as keys/],
      ["a list as an entry", { settings: { "exec.shells": ["sh"] } }, /expected a string, a number, true or false/],
      ["a toleration of an unknown effect", { scheduling: { tolerations: [{ effect: "Never" }] } }, /NoExecute/],
      [
        "a patch that is not a map",
        { patches: [{ kind: "Service", name: "x", patch: "spec" }] },
        /patches\[0\]\.patch: got/,
      ],
      [
        "a patch of another kind",
        { patches: [{ kind: "ClusterRole", name: "x", patch: {} }] },
        /patches\[0\]\.kind: got "ClusterRole"; expected one of Deployment, StatefulSet, Service\./,
      ],
    ];
    for (const [what, argocd, says] of cases) {
      it(what, async () => {
        const [problem = "", ...others] = await problems(argocd);
        assert.deepEqual(others, []);
        assert.match(problem, says);
        assert.doesNotMatch(problem, /hunter2/);
      });
    }

    it("an older version than the cluster runs, and reports it with other problems", async () => {
      const older =
        'argocd.version: got "3.6.0" on a cluster that runs Argo CD 3.6.1; expected 3.6.1 or newer: an older';
      const [first = "", second = ""] = await problems({ version: "3.6.0", size: "huge" }, { argocd: "3.6.1" });
      assert.match(first, /argocd\.size/);
      assert.equal(second, "");
      const [only = "", ...others] = await problems({ version: "3.6.0" }, { argocd: "3.6.1" });
      assert.ok(only.startsWith(older), only);
      assert.deepEqual(others, []);
      for (const argocd of ["3.6.0", "3.5.10", "3.6.1"]) {
        assert.deepEqual(await problems({ version: "3.6.1" }, { argocd }), []);
      }
      assert.deepEqual(await problems({ version: "3.6.0" }, {}), []);
    });
  });

  describe("with high availability", () => {
    const node = (more: Partial<NodeFacts> = {}): NodeFacts => ({
      labels: {},
      taints: [],
      unschedulable: false,
      ...more,
    });
    const check = (
      nodes: readonly NodeFacts[] | undefined,
      { replicas = {}, scheduling = {} }: Partial<Parameters<typeof checkArgocd>[2]> = {},
      highAvailability = true,
    ) =>
      checkArgocd({ ...(nodes && { nodes }) }, { highAvailability }, { version: "3.6.1", replicas, scheduling }).map(
        formatProblem,
      );
    const platform = { key: "platform", effect: "NoSchedule" };

    it("needs three nodes that accept Argo CD's pods", () => {
      assert.deepEqual(check([node(), node(), node()]), []);
      assert.deepEqual(check([node(), node()]), [
        "argocd.highAvailability: got true on a cluster with 2 of 2 nodes for Argo CD's pods; " +
          "expected at least 3 nodes that argocd.scheduling permits. Add nodes, set argocd.scheduling for them, " +
          "lower argocd.replicas, or set argocd.highAvailability to false.",
      ]);
      assert.match(check([node(), node(), node({ unschedulable: true })])[0] ?? "", /with 2 of 3 nodes/);
      assert.match(check([node(), node(), node({ taints: [platform] })])[0] ?? "", /with 2 of 3 nodes/);
      const preferred = { ...platform, effect: "PreferNoSchedule" };
      assert.deepEqual(check([node(), node(), node({ taints: [preferred] })]), []);
    });

    it("counts the nodes that the stack selects and tolerates", () => {
      const nodes = [1, 2, 3].map(() => node({ labels: { pool: "platform" }, taints: [platform] }));
      const nodeSelector = { pool: "platform" };
      const scheduling = { nodeSelector, tolerations: [{ key: "platform", operator: "Exists" } as const] };
      assert.deepEqual(check(nodes, { scheduling }), []);
      assert.deepEqual(check(nodes, { scheduling: { tolerations: [{ operator: "Exists" }] } }), []);
      const other = { ...scheduling, tolerations: [{ key: "platform", value: "other" } as const] };
      assert.match(check(nodes, { scheduling: other })[0] ?? "", /with 0 of 3 nodes/);
      assert.match(check([...nodes, node()], { scheduling: { nodeSelector } })[0] ?? "", /with 0 of 4 nodes/);
    });

    it("needs a node for each pod of the repo-server and the server", () => {
      assert.match(check([node(), node(), node()], { replicas: { server: 4 } })[0] ?? "", /expected at least 4 nodes/);
    });

    it("is not checked if the nodes are unknown, or if it is off", async () => {
      assert.deepEqual(check(undefined), []);
      assert.deepEqual(check([node()], {}, false), []);
      assert.match((await problems(undefined, { nodes: [node()] }, "prod"))[0] ?? "", /1 of 1 nodes/);
    });
  });
});
