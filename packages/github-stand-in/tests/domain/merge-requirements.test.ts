import assert from "node:assert/strict";
import fc from "fast-check";
import { missingForMerge, type PullFacts, type ReviewFacts } from "../../domain/merge-requirements";
import { matchesFiles } from "../../domain/patterns";
import { type PullRequestParameters, rulesetSchema } from "../../store/ruleset-schema";

const [parsed] = rulesetSchema.parse({ name: "r", enforcement: "active", rules: [{ type: "pull_request" }] }).rules;
assert(parsed?.type === "pull_request");
const defaults = parsed.parameters;
const rule = (more: Partial<PullRequestParameters>): PullRequestParameters => ({ ...defaults, ...more });
const review = (user: string, state: ReviewFacts["state"], more: Partial<ReviewFacts> = {}): ReviewFacts => ({
  user,
  state,
  canWrite: true,
  isCurrent: true,
  ...more,
});
const facts = (more: Partial<PullFacts>): PullFacts => ({
  reviews: [],
  lastPusher: "ada",
  owned: [],
  changedPaths: ["a.txt"],
  unresolvedThreads: 0,
  teams: new Map([[3, { name: "vaarak/platform", logins: ["cleo"] }]]),
  method: "merge",
  ...more,
});
const approved = review("ben", "APPROVED");
const one = rule({ required_approving_review_count: 1 });
const NEEDS_ONE = "At least 1 approving review is required by reviewers with write access.";
const OTHER = "New changes require approval from someone other than the last pusher.";
const owner = (...names: string[]) => ({ owners: names.map((name) => ({ name, logins: [name] })) });
const platform = rule({
  required_reviewers: [{ file_patterns: ["*.txt"], minimum_approvals: 1, reviewer: { id: 3, type: "Team" } }],
});

describe("GitHub stand-in: the requirements for a merge", () => {
  const table: [what: string, PullRequestParameters, Partial<PullFacts>, string[]][] = [
    ["nothing required", rule({}), {}, []],
    ["no approval", one, {}, [NEEDS_ONE]],
    ["one approval", one, { reviews: [approved] }, []],
    [
      "one approval of two",
      rule({ required_approving_review_count: 2 }),
      { reviews: [approved, approved] },
      ["At least 2 approving reviews are required by reviewers with write access."],
    ],
    ["an approval by a reader", one, { reviews: [review("ben", "APPROVED", { canWrite: false })] }, [NEEDS_ONE]],
    ["an approval that was dismissed", one, { reviews: [approved, review("ben", "DISMISSED")] }, [NEEDS_ONE]],
    ["an approval and a later comment", one, { reviews: [approved, review("ben", "COMMENTED")] }, []],
    ["a comment", one, { reviews: [review("ben", "COMMENTED")] }, [NEEDS_ONE]],
    [
      "changes requested by another",
      one,
      { reviews: [approved, review("cleo", "CHANGES_REQUESTED")] },
      ["1 review requesting changes by reviewers with write access."],
    ],
    ["requested changes, then an approval", one, { reviews: [review("ben", "CHANGES_REQUESTED"), approved] }, []],
    ["a stale approval that is kept", one, { reviews: [review("ben", "APPROVED", { isCurrent: false })] }, []],
    [
      "a stale approval that is dismissed",
      rule({ required_approving_review_count: 1, dismiss_stale_reviews_on_push: true }),
      { reviews: [review("ben", "APPROVED", { isCurrent: false })] },
      [NEEDS_ONE],
    ],
    [
      "owner missing",
      rule({ require_code_owner_review: true }),
      { reviews: [approved], owned: [owner("cleo", "dan")] },
      ["Waiting on code owner review from cleo and/or dan."],
    ],
    [
      "one owner of two",
      rule({ require_code_owner_review: true }),
      { reviews: [approved], owned: [owner("cleo", "ben")] },
      [],
    ],
    [
      "owners of one file only",
      rule({ require_code_owner_review: true }),
      { reviews: [approved], owned: [owner("ben"), owner("cleo"), owner("cleo")] },
      ["Waiting on code owner review from cleo."],
    ],
    ["owners not required", one, { reviews: [approved], owned: [owner("cleo")] }, []],
    [
      "approved by the last pusher",
      rule({ require_last_push_approval: true }),
      { reviews: [approved], lastPusher: "Ben" },
      [OTHER],
    ],
    ["approved by another", rule({ require_last_push_approval: true }), { reviews: [approved] }, []],
    [
      "approved before the last push",
      rule({ require_last_push_approval: true }),
      { reviews: [review("ben", "APPROVED", { isCurrent: false })] },
      [OTHER],
    ],
    ["required team missing", platform, { reviews: [approved] }, ["Waiting on review from vaarak/platform."]],
    ["required team", platform, { reviews: [review("cleo", "APPROVED")] }, []],
    ["required team, other files", platform, { changedPaths: ["a.md"] }, []],
    [
      "open conversation",
      rule({ required_review_thread_resolution: true }),
      { unresolvedThreads: 1 },
      ["A conversation must be resolved before this pull request can be merged."],
    ],
    ["method", rule({ allowed_merge_methods: ["squash"] }), {}, ["Merge commits are not allowed on this branch."]],
    ["method not known yet", rule({ allowed_merge_methods: ["squash"] }), { method: undefined }, []],
  ];
  for (const [what, parameters, given, missing] of table) {
    it(`${what}: ${missing.join(" ") || "enough"}`, () => {
      assert.deepEqual(missingForMerge(parameters, facts(given)), missing);
    });
  }

  it("counts each reviewer once, and only their newest opinion", () => {
    const states = fc.constantFrom("APPROVED" as const, "CHANGES_REQUESTED" as const, "COMMENTED" as const);
    const entry = fc.tuple(fc.constantFrom("ben", "cleo"), states).map(([user, state]) => review(user, state));
    fc.assert(
      fc.property(fc.array(entry), (reviews) => {
        const approvers = ["ben", "cleo"].filter(
          (user) => reviews.findLast((it) => it.user === user && it.state !== "COMMENTED")?.state === "APPROVED",
        );
        for (const count of [1, 2]) {
          const missing = missingForMerge(rule({ required_approving_review_count: count }), facts({ reviews }));
          const tooFew = missing.some((sentence) => sentence.startsWith("At least"));
          assert.equal(tooFew, approvers.length < count);
        }
      }),
    );
  });

  it("evaluates file patterns in order, with exceptions", () => {
    const patterns = ["charts/", "!charts/README.md", "*.yaml"];
    const paths = ["charts/a", "charts/README.md", "x/y.yaml", "charts/README.md.yaml"];
    assert.deepEqual(
      paths.map((path) => matchesFiles(patterns, path)),
      [true, false, true, true],
    );
  });
});
