import assert from "node:assert/strict";
import fc from "fast-check";
import { type BypassFacts, canBypass } from "../../domain/protection";
import { violationMessage, violationText } from "../../domain/ref-updates";
import { type UpdateFacts, updateViolations } from "../../domain/update-violations";
import { type BypassActor, type Rule, rulesetSchema } from "../../store/ruleset-schema";

const RULES = rulesetSchema.parse({
  name: "all",
  enforcement: "active",
  rules: [
    { type: "creation" },
    { type: "update" },
    { type: "deletion" },
    { type: "non_fast_forward" },
    { type: "required_linear_history" },
    { type: "required_signatures" },
    { type: "merge_queue" },
    { type: "required_deployments", parameters: { required_deployment_environments: ["preview"] } },
    { type: "pull_request" },
    {
      type: "required_status_checks",
      parameters: { required_status_checks: [{ context: "ci" }], strict_required_status_checks_policy: false },
    },
  ],
}).rules;

const facts = (changes: Partial<UpdateFacts>): UpdateFacts => ({
  kind: "update",
  target: "branch",
  isFastForward: true,
  includesMergeCommit: false,
  includesUnverified: false,
  undeployed: ({ required_deployment_environments: names }) => names,
  pullRequest: undefined,
  checks: () => ['Required status check "ci" is expected.'],
  ...changes,
});

describe("GitHub stand-in: the rules that a change of a ref violates", () => {
  const table: [rule: Rule["type"], change: Partial<UpdateFacts>, violations: string[]][] = [
    ["creation", { kind: "create" }, ["Cannot create ref due to creations being restricted."]],
    ["creation", { kind: "update" }, []],
    ["update", { kind: "update" }, ["Cannot update this protected ref."]],
    ["update", { kind: "create" }, []],
    ["deletion", { kind: "delete" }, ["Cannot delete this branch"]],
    ["deletion", { kind: "update" }, []],
    ["deletion", { kind: "delete", target: "tag" }, ["Cannot delete this tag"]],
    ["non_fast_forward", { isFastForward: false }, ["Cannot force-push to this branch"]],
    ["non_fast_forward", { isFastForward: false, target: "tag" }, ["Cannot force-push to this tag"]],
    ["non_fast_forward", {}, []],
    ["required_linear_history", { includesMergeCommit: true }, ["This branch must not contain merge commits."]],
    ["required_linear_history", {}, []],
    ["required_signatures", { includesUnverified: true }, ["Commits must have verified signatures."]],
    ["required_signatures", { kind: "create", includesUnverified: true }, ["Commits must have verified signatures."]],
    ["required_signatures", {}, []],
    ["merge_queue", {}, ["Changes must be made through the merge queue"]],
    ["merge_queue", { kind: "create" }, []],
    ["required_deployments", {}, ["Missing successful active preview deployment."]],
    ["required_deployments", { undeployed: () => [] }, []],
    ["required_deployments", { kind: "create" }, []],
    ["pull_request", {}, ["Changes must be made through a pull request."]],
    ["pull_request", { kind: "create" }, []],
    ["pull_request", { pullRequest: () => [] }, []],
    ["pull_request", { pullRequest: () => ["missing"] }, ["missing"]],
    ["required_status_checks", {}, ['Required status check "ci" is expected.']],
    ["required_status_checks", { kind: "create" }, ['Required status check "ci" is expected.']],
    ["required_status_checks", { kind: "delete" }, []],
  ];
  for (const [type, change, violations] of table) {
    it(`${type}, ${JSON.stringify(change)}: ${violations.join(" ") || "nothing"}`, () => {
      const rules = RULES.filter((rule) => rule.type === type);
      assert.deepEqual(updateViolations(rules, facts(change)), violations);
    });
  }

  it("does not require checks for a new branch if the rule excludes it", () => {
    const [rule] = RULES.filter((entry) => entry.type === "required_status_checks");
    assert(rule);
    rule.parameters = { ...rule.parameters, do_not_enforce_on_create: true };
    assert.deepEqual(updateViolations([rule], facts({ kind: "create" })), []);
    assert.equal(updateViolations([rule], facts({})).length, 1);
  });

  it("never finds fewer violations with more rules", () => {
    const change = fc.record({
      kind: fc.constantFrom("create" as const, "update" as const, "delete" as const),
      isFastForward: fc.boolean(),
      includesMergeCommit: fc.boolean(),
      includesUnverified: fc.boolean(),
      pullRequest: fc.constantFrom(undefined, () => []),
    });
    fc.assert(
      fc.property(fc.subarray(RULES), fc.subarray(RULES), change, (some, more, what) => {
        const few = updateViolations(some, facts(what));
        const all = updateViolations([...some, ...more], facts(what));
        return few.every((violation) => all.includes(violation));
      }),
    );
  });

  it("formats them as GitHub does, for a push and for the API", () => {
    const text = violationText("refs/heads/env/prod", "http://host/o/r/rules", ["One.", "Two."]);
    assert.equal(
      text,
      "error: GH013: Repository rule violations found for refs/heads/env/prod.\n" +
        "Review all repository rules at http://host/o/r/rules?ref=refs%2Fheads%2Fenv%2Fprod\n\n- One.\n\n- Two.\n",
    );
    assert.equal(violationMessage(["One.", "Two."]), "Repository rule violations found\n\nOne.\n\nTwo.\n\n");
  });
});

describe("GitHub stand-in: who can bypass a ruleset", () => {
  const person: BypassFacts = { id: 7, appId: undefined, isOrganizationAdmin: false, teamIds: [3], role: "write" };
  const app: BypassFacts = { ...person, id: 8, appId: 99, teamIds: [], role: "admin" };
  const owner: BypassFacts = { ...person, isOrganizationAdmin: true, role: "admin" };
  type Bypass = [BypassActor["actor_type"], number | null, BypassFacts, ReturnType<typeof canBypass>];
  const table: Bypass[] = [
    ["Integration", 99, app, "always"],
    ["Integration", 98, app, "never"],
    ["Integration", 7, person, "never"],
    ["Team", 3, person, "always"],
    ["Team", 4, person, "never"],
    ["OrganizationAdmin", null, owner, "always"],
    ["OrganizationAdmin", null, person, "never"],
    ["RepositoryRole", 5, owner, "always"],
    ["RepositoryRole", 5, person, "never"],
    ["RepositoryRole", 4, person, "always"],
    ["RepositoryRole", 5, app, "never"],
    ["User", 7, person, "always"],
    ["User", 7, app, "never"],
    ["DeployKey", null, owner, "never"],
  ];
  for (const [actor_type, actor_id, who, expected] of table) {
    const name = who === app ? "an App" : who === owner ? "an owner" : "a member";
    it(`${actor_type} ${actor_id ?? ""}: ${expected} for ${name}`, () => {
      assert.equal(canBypass({ bypassActors: [{ actor_type, actor_id, bypass_mode: "always" }] }, who), expected);
    });
  }

  it("distinguishes a bypass for pull requests from one for everything", () => {
    const entry = { actor_type: "User", actor_id: 7 } as const;
    const bypassActors: BypassActor[] = [{ ...entry, bypass_mode: "pull_request" }];
    assert.equal(canBypass({ bypassActors }, person), "pull_requests_only");
    bypassActors.push({ ...entry, bypass_mode: "always" });
    assert.equal(canBypass({ bypassActors }, person), "always");
  });
});
