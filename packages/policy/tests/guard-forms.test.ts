import assert from "node:assert/strict";
import { guard, type GuardArgs } from "@gitops-platform/components/delivery/guard/guard";
import { prod } from "@gitops-platform/environments/prod";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";
import { staging } from "@gitops-platform/environments/staging";
import { formOf, GUARD_FORMS } from "../guard-forms";

const made = (changes: Partial<GuardArgs> = {}) => {
  const parts = guard({
    environment: { ...prod, guard: "deny" },
    repositoryUrl: "https://github.com/vaarak/gitops.git",
    exemptions: guardExemptions(),
    ...changes,
  });
  return parts.map(({ policy }) => policy.spec ?? assert.fail());
};
const forms = (changes?: Partial<GuardArgs>) => {
  const [namespaces = "", delivered = "", limits = "", argocd = ""] = made(changes).map(formOf);
  return { delivered, limits, namespaces, argocd };
};

describe("the reviewed forms of the guard", () => {
  // If this fails, review which requests the guard's policies now allow. Then update packages/policy/guard-forms.ts.
  it("match the policies that the program creates", () => {
    assert.deepEqual(forms(), GUARD_FORMS);
  });

  it("do not depend on exempt users and groups, the environment or the repository", () => {
    const exemptions = guardExemptions({
      controllers: [{ user: 'a "]' }, { group: "b" }],
      platform: [{ user: "ci" }],
      breakGlass: "on-call",
    });
    const repositoryUrl = "https://github.example/other/gitops.git";
    const environment = { ...staging, guard: "warn" } as const;
    assert.deepEqual(forms({ exemptions, repositoryUrl, environment }), GUARD_FORMS);
  });

  it("change if any expression changes that affects a decision, directly or through variables", () => {
    for (const [index, spec] of made().entries()) {
      const before = formOf(spec);
      const { matchConditions = [], variables = [], validations = [] } = spec;
      assert.notEqual(formOf({ ...spec, matchConditions: matchConditions.slice(1) }), before);
      for (const name of [
        "breaksGlass",
        ["byCatalogue", "isController", "isPlatform", "isConfinedApplication"][index],
      ]) {
        const changed = variables.map((each) => (each.name === name ? { ...each, expression: "true" } : each));
        assert.notEqual(formOf({ ...spec, variables: changed }), before, name);
      }
      for (const each of validations) {
        const rest = validations.map((other) => (other === each ? { ...each, expression: "1 == 1" } : other));
        assert.notEqual(formOf({ ...spec, validations: rest }), before);
      }
    }
  });
});
