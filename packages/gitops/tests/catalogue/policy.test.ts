import assert from "node:assert/strict";
import { deliveryFile } from "@gitops-platform/components/repository/delivery-file";
import { environments, graph } from "@gitops-platform/environments/environments";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import { deliveryFiles } from "../../catalogue/delivery";
import { agreeing, parsePolicy } from "../../catalogue/policy";
import { POLICY } from "./repository";

const text = deliveryFile(POLICY).text;

/** The policy with one operator. */
function withOperator(name: string): string {
  return deliveryFile({ ...POLICY, environments: environments.map((each) => ({ ...each, operators: [name] })) }).text;
}

describe("the delivery policy", () => {
  it("is read as the program writes it, so that both make the same objects", () => {
    const declarations = [
      { name: "web", team: "a", groups: ["a"], namespace: "web", environments: graph.names, retired: [] },
    ];
    const policy = parsePolicy(text);
    for (const name of graph.names) {
      assert.deepEqual(deliveryFiles(name, declarations, policy), deliveryFiles(name, declarations, POLICY));
    }
    assert.deepEqual(deliveryFile(policy).text, text);
  });

  it("keeps every text as it is", () => {
    const operators = ["vaarak:ops", "a team of two", "yes"];
    const policy = { ...POLICY, environments: environments.map((each) => ({ ...each, operators })) };
    assert.deepEqual(parsePolicy(deliveryFile(policy).text).environments[0]?.operators, operators);
  });

  const wrong: [what: string, text: string, problem: RegExp][] = [
    ["nothing", "", /:1:1: the file: got nothing; expected a line with repositoryUrl\. Bring the platform's file/],
    ["no environments", "repositoryUrl: https://a.b/c\n", /expected a line with environments/],
    ["an unknown key", `${text}x: 1\n`, /: x: got 1; expected no such key/],
    ["another quota", text.replace("pods:", "pod:"), /quota\.pod: .*Did you mean pods/],
    ["a number of pods", text.replace('pods: "20"', "pods: 20"), /environments\.dev\.quota\.pods: got 20/],
    ["no address", text.replace(/"https.*"/, '"gitops"'), /repositoryUrl: got "gitops"/],
    [
      "an unknown way to sync",
      text.replace('"auto"', '"always"'),
      /delivery\.sync: got "always"; expected one of auto/,
    ],
    ["an unknown level", text.replace("podSecurity: restricted", "podSecurity: privileged"), /podSecurity: got "priv/],
    ["text for a switch", text.replace("prune: true", 'prune: "true"'), /prune: got "true"; expected true or false/],
    ["a name of no environment", text.replace("  dev:", "  ../dev:"), /expected the name of an environment as its key/],
    ["an environment twice", text.replace("  staging:", "  dev:"), /Map keys must be unique/],
    ["no name of a group", withOperator("a, role:admin"), /operators\[0\]: got "a, role:admin"; expected /],
    [
      "a name that is reserved",
      withOperator("role:admin"),
      /operators\[0\]: got "role:admin"; expected a name that Argo/,
    ],
    ["no YAML", "a: [\n", /delivery\.yaml:\d+:\d+: /],
  ];
  for (const [what, bad, problem] of wrong) {
    it(`is refused with ${what}`, () => {
      assert.notEqual(bad, text);
      assert.throws(() => parsePolicy(bad), problem);
    });
  }

  it("counts for the environments that exist and wait for approval as it says", () => {
    const names = (policy: typeof POLICY) => policy.environments.map(({ name }) => name);
    assert.deepEqual(names(agreeing(POLICY, TWO_PRODUCTIONS) as typeof POLICY), ["dev", "staging", "prod"]);
    const other = environments.map((each) => ({ ...each, delivery: { sync: "auto", drift: "heal" } as const }));
    assert.deepEqual(names(agreeing({ ...POLICY, environments: other }, graph) as typeof POLICY), ["dev", "staging"]);
  });

  it("is missed where a service is declared for an environment that it does not have", () => {
    const policy = { ...POLICY, environments: [] };
    const service = { name: "web", team: "a", groups: [], namespace: "web", environments: ["dev"], retired: [] };
    assert.throws(() => deliveryFiles("dev", [service], policy), /got nothing for dev, where services\/web\.yaml/);
    assert.deepEqual(deliveryFiles("prod", [service], policy), new Map());
  });
});
