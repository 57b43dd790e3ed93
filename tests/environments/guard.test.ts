import assert from "node:assert/strict";
import { checkCluster, isOlder, type ReadClusterFacts, type ClusterFacts } from "@gitops-platform/environments/cluster";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";
import { formatProblem } from "@gitops-platform/contract/problems";
import { resolveSettings } from "@gitops-platform/environments/settings";
import { KubeconfigFile, raw } from "@gitops-platform/test-support/stack";

// Tests how the guard's settings are resolved, and the errors for invalid settings and unsuitable clusters.

describe("the guard's settings", () => {
  const kubeconfig = new KubeconfigFile(["dev", "staging"]);
  after(() => {
    kubeconfig.remove();
  });

  const resolve = (guard: unknown, stack = "dev", ask?: ReadClusterFacts) => {
    const repository = { owner: "vaarak", name: "gitops" };
    const handover: unknown[] = [];
    const values = { kubeconfig: kubeconfig.path, context: stack, repository, webhookSecret: "s", handover, guard };
    const nothing = () => Promise.resolve([]);
    return resolveSettings(stack, raw(values), () => Promise.resolve({ release: [], problems: [] }), nothing, ask);
  };
  async function problems(guard: unknown, stack?: string, ask?: ReadClusterFacts): Promise<string[]> {
    const result = await resolve(guard, stack, ask);
    return "problems" in result ? result.problems.map(formatProblem) : [];
  }
  async function settings(guard: unknown, stack?: string) {
    const result = await resolve(guard, stack);
    if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
    return { mode: result.settings.environment.guard, ...result.settings.guard };
  }

  it("deny in staging, warn in dev, and by default exempt only those who could remove the guard", async () => {
    const exemptions = {
      controllers: [],
      platform: [{ group: "system:masters" }],
      breakGlass: "gitops-platform:break-glass",
    };
    assert.deepEqual(await settings(undefined, "staging"), { mode: "deny", ...exemptions });
    assert.deepEqual(await settings(undefined, "dev"), { mode: "warn", ...exemptions });
  });

  it("are overridden by the stack", async () => {
    const controllers = [{ user: "system:serviceaccount:keda:keda-operator" }, { group: "system:serviceaccounts:vpa" }];
    const guard = { mode: "off", controllers, platform: [{ user: "ci@vaarak.example" }], breakGlass: "oidc:on-call" };
    assert.deepEqual(await settings(guard, "staging"), guard);
  });

  const user = (key: string, got: string) =>
    `guard.${key}: got "${got}"; expected a valid user name. The whole name is compared, without wildcards. ` +
    "A service account is system:serviceaccount:<namespace>:<name>.";
  const group = (key: string, got: string) =>
    `guard.${key}: got "${got}"; expected a valid group name. The whole name is compared, without wildcards. ` +
    "The service accounts of a namespace are system:serviceaccounts:<namespace>.";
  const everybody = (key: string, got: string) =>
    `guard.${key}: got "${got}"; expected a user or group that does not include everybody. ` +
    "Name the users or groups that need it, or set guard.mode to off.";
  const either = (got: string) =>
    `guard.controllers[0]: got ${got}; expected a map with exactly one of the keys user and group. ` +
    "Write it as one key: value line below this key.";
  const mode = (got: string) =>
    `guard.mode: got ${got}; expected one of deny, warn, off. deny refuses edits that bypass Git; ` +
    "warn permits them with a warning; off, in quotes, permits them.";

  const bad: [what: string, guard: object, says: string][] = [
    ["another mode", { mode: "audit" }, mode('"audit"')],
    ["off without quotes, which YAML reads as false", { mode: false }, mode("false")],
    [
      "a wildcard",
      { controllers: [{ user: "system:serviceaccount:keda:*" }] },
      user("controllers[0].user", "system:serviceaccount:keda:*"),
    ],
    [
      "a service account without its namespace",
      { controllers: [{ user: "system:serviceaccount:keda" }] },
      user("controllers[0].user", "system:serviceaccount:keda"),
    ],
    [
      "a group given as a user",
      { controllers: [{ user: "system:serviceaccounts:keda" }] },
      user("controllers[0].user", "system:serviceaccounts:keda"),
    ],
    [
      "a user given as a group",
      { controllers: [{ group: "system:serviceaccount:keda:x" }] },
      group("controllers[0].group", "system:serviceaccount:keda:x"),
    ],
    ["a name that ends with a space", { platform: [{ user: "ci " }] }, user("platform[0].user", "ci ")],
    [
      "everybody who is logged in",
      { controllers: [{ group: "system:authenticated" }] },
      everybody("controllers[0].group", "system:authenticated"),
    ],
    [
      "every service account",
      { breakGlass: "system:serviceaccounts" },
      everybody("breakGlass", "system:serviceaccounts"),
    ],
    ["both a user and a group", { controllers: [{ user: "a", group: "b" }] }, either('{"user":"a","group":"b"}')],
    ["neither", { controllers: [{}] }, either("{}")],
    [
      "nobody who runs pulumi up",
      { platform: [] },
      "guard.platform: got []; expected at least one user or group. " +
        "Name the users or groups that run pulumi up, or remove it for system:masters.",
    ],
  ];
  for (const [what, guard, says] of bad) {
    it(`refuse ${what}`, async () => {
      assert.deepEqual(await problems(guard), [says]);
    });
  }

  it("suggest the intended key", async () => {
    const says = 'guard.breakglass: got "x"; expected a known key. Did you mean breakGlass?';
    assert.deepEqual(await problems({ breakglass: "x" }), [says]);
  });

  describe("on a cluster", () => {
    const facts: ClusterFacts = {
      applications: [],
      servesPolicies: true,
      version: "v1.34.1",
      oldest: "1.34",
      user: "alice",
      groups: ["platform"],
    };
    const says = (changes: Partial<ClusterFacts>, guard: "deny" | "warn" | "off", configured = {}) =>
      checkCluster({ ...facts, ...changes }, { guard }, guardExemptions(configured)).map(formatProblem);
    const without = (mode: string) =>
      `guard.mode: got "${mode}" on a cluster of Kubernetes v1.34.1; ` +
      "expected a cluster that serves ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1). " +
      'Enable that API and its admission plug-in, or set guard.mode to "off". With "off" nothing is refused: ' +
      "Argo CD reverts edits of fields that Git declares, but all other fields, new objects and the platform's " +
      "own objects can be changed.";

    it("that is too old are one problem, even if the cluster lacks more", () => {
      for (const version of ["v1.33.9", "v1.33.5-gke.1080000", "v1.27.3+k3s1", "v0.99.0"]) {
        const old =
          `context: got a cluster of Kubernetes ${version}; expected Kubernetes 1.34 or newer, ` +
          "on which this Argo CD is tested. Upgrade the cluster, or name the context of another one.";
        for (const mode of ["deny", "warn", "off"] as const) {
          assert.deepEqual(says({ version, servesPolicies: false, refusal: "denied" }, mode), [old]);
        }
      }
      for (const version of ["v1.34.0", "v1.34.2-eks-1a2b3c", "v1.40.0", "v2.0.0"]) {
        assert.deepEqual(says({ version }, "warn"), []);
      }
      assert.ok(!isOlder("1.100.0", "1.34"));
      assert.ok(!isOlder("unknown", "1.34"));
    });

    it("without admission policies are a problem that names what is missing, if a guard is configured", () => {
      assert.deepEqual(says({ servesPolicies: false }, "deny"), [without("deny")]);
      assert.deepEqual(says({ servesPolicies: false }, "warn"), [without("warn")]);
      assert.deepEqual(says({ servesPolicies: false }, "off"), []);
    });

    it("report that the guard would refuse this user's next up", () => {
      const refused =
        'guard.platform: got ["system:masters"]; expected an entry for this kubeconfig\'s user, who is "alice" in ' +
        "platform. Add the user or one of the groups: otherwise the guard would refuse the next pulumi up.";
      assert.deepEqual(says({}, "deny"), [refused]);
      assert.deepEqual(says({}, "warn"), []);
      assert.deepEqual(says({ groups: ["system:masters"] }, "deny"), []);
      assert.deepEqual(says({}, "deny", { platform: [{ user: "alice" }] }), []);
      assert.deepEqual(says({ groups: ["gitops-platform:break-glass"] }, "deny"), []);
    });

    it("report that the installed guard refuses this user's up, regardless of the new settings", () => {
      const refused =
        'guard.platform: got this kubeconfig\'s user, who is "alice" in platform: denied; ' +
        "expected a user whom the guard in the cluster permits to change the platform's objects. " +
        "Run this pulumi up as a user in the last applied guard.platform, or as a member of the break-glass group.";
      for (const mode of ["deny", "warn", "off"] as const) {
        assert.deepEqual(says({ refusal: "denied" }, mode, { platform: [{ user: "alice" }] }), [refused]);
      }
    });

    it("are checked with all others, before anything is created, and only if the cluster can be reached", async () => {
      const ask: ReadClusterFacts = () => Promise.resolve({ ...facts, servesPolicies: false });
      assert.deepEqual(await problems({ mode: "deny", x: 1 }, "dev", ask).then((all) => all.length), 2);
      assert.deepEqual(await problems(undefined, "dev", ask), [without("warn")]);
      assert.deepEqual(await problems(undefined, "dev", () => Promise.resolve(undefined)), []);
    });
  });
});
