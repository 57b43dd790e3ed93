import assert from "node:assert/strict";
import type { components } from "@octokit/openapi-types";
import { ruleHindrances, ruleNotes, type Use } from "../../github/branch-rules";

/** A rule without its ruleset. */
type Rule = components["schemas"]["repository-rule"];

const SOURCE = { ruleset_source_type: "Organization", ruleset_source: "vaarak", ruleset_id: 7 } as const;
const BRANCHES: Record<Use, string> = {
  main: "main",
  approved: "env/prod",
  own: "release/prod/api",
  record: "release/prod/0000",
};
const pattern = (operator: "starts_with" | "ends_with" | "contains" | "regex", text: string, negate = false) => {
  return { type: "branch_name_pattern" as const, parameters: { operator, pattern: text, negate } };
};
const tagPattern = (text: string) => {
  return { type: "tag_name_pattern" as const, parameters: { operator: "regex" as const, pattern: text } };
};
const pull = {
  dismiss_stale_reviews_on_push: true,
  require_code_owner_review: true,
  require_last_push_approval: false,
  required_approving_review_count: 0,
  required_review_thread_resolution: false,
};
const checks = (context: string, strict = false) => ({
  type: "required_status_checks" as const,
  parameters: { required_status_checks: [{ context }], strict_required_status_checks_policy: strict },
});
const team = { id: 5, type: "Team" as const };

describe("a rule of a branch", () => {
  const forbidden: readonly [Use, Rule, RegExp, boolean][] = [
    ["main", { type: "required_linear_history" }, /no merge commits; expected merge commits/, true],
    ["approved", { type: "merge_queue" }, /got a merge queue/, true],
    ["main", { type: "update" }, /got a restriction/, true],
    [
      "approved",
      { type: "required_deployments", parameters: { required_deployment_environments: ["preview"] } },
      /got preview; expected none: it is deployed after the merge/,
      true,
    ],
    [
      "approved",
      { type: "pull_request", parameters: { ...pull, allowed_merge_methods: ["squash"] } },
      /got only squash; expected merge commits/,
      true,
    ],
    [
      "main",
      { type: "pull_request", parameters: { ...pull, required_approving_review_count: 1 } },
      /1 approvals/,
      false,
    ],
    ["main", { type: "pull_request", parameters: { ...pull, require_last_push_approval: true } }, /last push/, false],
    [
      "main",
      {
        type: "pull_request",
        parameters: {
          ...pull,
          required_reviewers: [{ file_patterns: ["**/*"], minimum_approvals: 1, reviewer: team }],
        },
      },
      /reviewers of other paths/,
      false,
    ],
    ["main", checks("lint"), /got lint; expected no checks but the platform's/, false],
    ["approved", checks("validate (env/prod)", true), /got branches that are up to date/, true],
    ["main", { type: "workflows" }, /workflows of others/, false],
    ["main", { type: "code_scanning" }, /code scanning/, false],
    ["record", { type: "creation" }, /got no new tags; expected none: .*Exclude release\/\*\*\/\* from it/, true],
    ["record", { type: "required_linear_history" }, /got no merge commits/, true],
    ["record", checks("lint"), /got checks before a tag/, true],
    ["record", tagPattern("^v\\d"), /expected a pattern that release\/prod\/0000 fits/, true],
    ["own", { type: "creation" }, /got a restriction; .*Exclude release\/\*\*\/\* from it/, true],
    ["own", { type: "deletion" }, /got a restriction/, true],
    ["own", { type: "non_fast_forward" }, /got a restriction/, true],
    ["own", { type: "pull_request" }, /got a restriction/, true],
    ["own", checks("lint"), /got checks before a push/, true],
    ["own", pattern("starts_with", "feature/"), /expected a pattern that release\/prod\/api fits/, true],
    ["own", pattern("regex", "^release/", true), /a pattern that release/, true],
    [
      "own",
      { type: "commit_message_pattern", parameters: { operator: "regex", pattern: "^JIRA-" } },
      /got "\^JIRA-"/,
      false,
    ],
    [
      "own",
      { type: "file_path_restriction", parameters: { restricted_file_paths: ["docs/**", ".github/**", "**/*.yaml"] } },
      /got \.github\/\*\*, \*\*\/\*\.yaml; expected none below/,
      true,
    ],
    [
      "own",
      { type: "file_extension_restriction", parameters: { restricted_file_extensions: ["*.mjs", "exe"] } },
      /got \*\.mjs; expected none of/,
      true,
    ],
    [
      "own",
      { type: "max_file_path_length", parameters: { max_file_path_length: 32 } },
      /max_file_path_length 32/,
      true,
    ],
  ];
  for (const [use, rule, says, isFinal] of forbidden) {
    it(`${rule.type} is reported on ${BRANCHES[use]}: ${says.source}`, () => {
      const found = ruleHindrances(BRANCHES[use], use, [{ ...rule, ...SOURCE }]);
      assert.equal(found.length, 1, JSON.stringify(found));
      const [problem] = found;
      const name = `${use === "record" ? "tag " : ""}${BRANCHES[use]}`;
      assert.equal(problem?.key, `rule ${rule.type} on ${name}, organization vaarak, ruleset 7`);
      assert.match(`got ${problem.got}; expected ${problem.expected}. ${problem.fix}`, says);
      assert.equal(problem.isFinal, isFinal);
    });
  }

  const kept: readonly [Use, Rule][] = [
    ["main", { type: "deletion" }],
    ["main", { type: "required_signatures" }],
    ["own", { type: "required_signatures" }],
    ["main", { type: "non_fast_forward" }],
    ["main", { type: "creation" }],
    ["main", { type: "pull_request", parameters: { ...pull, allowed_merge_methods: ["merge", "squash"] } }],
    [
      "main",
      {
        type: "pull_request",
        parameters: {
          ...pull,
          required_reviewers: [{ file_patterns: ["charts/**", ".github/**"], minimum_approvals: 1, reviewer: team }],
        },
      },
    ],
    ["main", checks("validate", true)],
    ["approved", checks("four-eyes (env/prod)")],
    ["approved", { type: "pull_request", parameters: { ...pull, required_approving_review_count: 2 } }],
    ["record", { type: "update" }],
    ["record", { type: "deletion" }],
    ["record", { type: "non_fast_forward" }],
    ["record", tagPattern("^(v|release)")],
    ["own", { type: "required_linear_history" }],
    ["own", pattern("starts_with", "release/")],
    ["own", pattern("contains", "feature", true)],
    ["own", { type: "file_path_restriction", parameters: { restricted_file_paths: ["docs/**", "**/*.exe"] } }],
    ["own", { type: "file_extension_restriction", parameters: { restricted_file_extensions: ["*.exe"] } }],
  ];
  for (const [use, rule] of kept) {
    it(`${rule.type} is permitted on ${BRANCHES[use]}: ${JSON.stringify(rule).slice(0, 100)}`, () => {
      assert.deepEqual(ruleHindrances(BRANCHES[use], use, [{ ...rule, ...SOURCE }]), []);
    });
  }

  it("is noted if it requires signed commits", () => {
    const notes = ruleNotes([
      { type: "required_signatures", ...SOURCE },
      { type: "deletion", ...SOURCE },
    ]);
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? "", /^organization vaarak, ruleset 7: commits must be signed\. GitHub signs those of the/);
  });
});
