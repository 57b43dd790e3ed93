import assert from "node:assert/strict";
import { formatProblem } from "@gitops-platform/contract/problems";
import { parseConfiguration, platformConfiguration } from "@gitops-platform/environments/settings/parse";

describe("a configuration with keys of other namespaces", () => {
  const problemsIn = (project: string, keys: readonly string[]) => {
    const raw = Object.fromEntries(keys.map((key) => [key, "{}"]));
    return parseConfiguration(platformConfiguration(raw, project)).problems.map(formatProblem);
  };

  it("is accepted in a project of another name, for the program's own resources", () => {
    const keys = ["our-clusters:region", "aws:region", "github:owner", "pulumi:tags", "gitops-platform:guard"];
    assert.deepEqual(problemsIn("our-clusters", keys), []);
  });

  it("is refused in this project, which has no others", () => {
    const [own = "", provider = "", ...more] = problemsIn("gitops-platform", ["our-clusters:region", "github:owner"]);
    assert.match(own, /^our-clusters:region: got a value; expected a key of gitops-platform\./);
    assert.match(provider, /^github:owner: got a value; expected no provider settings\./);
    assert.deepEqual(more, []);
  });

  it("is refused in any project where it names a setting of the platform", () => {
    const keys = ["our-clusters:guard", "gitops-platfrom:guard", "kubernetes:context", "gitops-platform:gaurd"];
    assert.deepEqual(problemsIn("our-clusters", keys), [
      "our-clusters:guard: got a value; expected a key of gitops-platform. " +
        "Remove it, or use one of gitops-platform, pulumi.",
      "gitops-platfrom:guard: got a value; expected a key of gitops-platform. Did you mean gitops-platform?",
      "kubernetes:context: got a value; expected no provider settings. " +
        "Set gitops-platform:kubeconfig and gitops-platform:context.",
      "gaurd: got a value; expected a known key. Did you mean guard?",
    ]);
  });
});
