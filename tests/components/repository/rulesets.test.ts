import assert from "node:assert/strict";
import {
  environmentRuleset,
  mainRuleset,
  recordsRuleset,
  reservedBranchesRuleset,
  reservedRuleset,
  reservedTagsRuleset,
  type Protection,
  type Ruleset,
} from "@gitops-platform/components/repository/rulesets";
import { appliesTo } from "@gitops-platform/contract/ref-conditions";

// Tests the rulesets sent to GitHub. The end-to-end tests check what they refuse.

const protection: Protection = { enforcement: "active", checksApp: 17, platformTeamId: undefined };

describe("the rulesets", () => {
  it("accept a valid pull request into main, with the platform team's approval for its paths", () => {
    assert.deepEqual(mainRuleset(protection), {
      name: "main",
      target: "branch",
      enforcement: "active",
      conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
      bypassActors: [],
      rules: {
        deletion: true,
        nonFastForward: true,
        pullRequest: {
          requireCodeOwnerReview: true,
          dismissStaleReviewsOnPush: true,
          requiredReviewThreadResolution: false,
          allowedMergeMethods: ["merge"],
          requiredApprovingReviewCount: 0,
          requireLastPushApproval: false,
        },
        requiredStatusChecks: {
          requiredChecks: [{ context: "validate", integrationId: 17 }],
          strictRequiredStatusChecksPolicy: false,
          doNotEnforceOnCreate: false,
        },
      },
    });
  });

  it("require the platform team's review by its id too, if it is known", () => {
    const { rules } = mainRuleset({ ...protection, platformTeamId: 5 });
    assert.deepEqual((rules.pullRequest as { requiredReviewers?: unknown }).requiredReviewers, [
      {
        filePatterns: [
          "charts/**",
          "gitops.yaml",
          "gitops.schema.json",
          "services/**",
          "delivery/**",
          "service.schema.json",
          ".github/**",
        ],
        minimumApprovals: 1,
        reviewer: { id: 5, type: "Team" },
      },
    ]);
  });

  it("accept on an environment's branch what an approver other than the last pusher approved", () => {
    assert.deepEqual(environmentRuleset("prod", protection), {
      name: "env/prod",
      target: "branch",
      enforcement: "active",
      conditions: { refName: { includes: ["refs/heads/env/prod"], excludes: [] } },
      bypassActors: [],
      rules: {
        deletion: true,
        nonFastForward: true,
        pullRequest: {
          requireCodeOwnerReview: true,
          dismissStaleReviewsOnPush: true,
          requiredReviewThreadResolution: false,
          allowedMergeMethods: ["merge"],
          requiredApprovingReviewCount: 1,
          requireLastPushApproval: true,
        },
        requiredStatusChecks: {
          requiredChecks: [
            { context: "validate (env/prod)", integrationId: 17 },
            { context: "four-eyes (env/prod)", integrationId: 17 },
          ],
          strictRequiredStatusChecksPolicy: false,
          doNotEnforceOnCreate: false,
        },
      },
    });
  });

  it("let nobody create the branch of an environment that does not exist, at any depth", () => {
    assert.deepEqual(reservedRuleset(["prod", "staging"], protection), {
      name: "env/*",
      target: "branch",
      enforcement: "active",
      conditions: {
        refName: { includes: ["refs/heads/env/**/*"], excludes: ["refs/heads/env/prod", "refs/heads/env/staging"] },
      },
      bypassActors: [],
      rules: { creation: true, update: true },
    });
  });

  it("let nobody create a branch that is a prefix or an extension of a platform branch", () => {
    assert.deepEqual(reservedBranchesRuleset(protection), {
      name: "reserved branches",
      target: "branch",
      enforcement: "active",
      conditions: {
        refName: {
          includes: [
            "refs/heads/env",
            "refs/heads/env/*/**/*",
            "refs/heads/release",
            "refs/heads/release/*",
            "refs/heads/release/*/*/**/*",
            "refs/heads/bump",
            "refs/heads/bump/*/**/*",
            "refs/heads/bump-queue",
            "refs/heads/bump-queue/*",
            "refs/heads/bump-queue/*/*/**/*",
            "refs/heads/promote",
            "refs/heads/promote/*/**/*",
            "refs/heads/rollback",
            "refs/heads/rollback/*/**/*",
            "refs/heads/platform",
            "refs/heads/platform/*/**/*",
          ],
          excludes: [],
        },
      },
      bypassActors: [],
      rules: { creation: true, update: true },
    });
  });

  it("let nobody change or delete a record, or create any other tag", () => {
    const tags = (name: string, includes: string[], excludes: string[]) => ({
      name,
      target: "tag",
      enforcement: "active",
      conditions: { refName: { includes, excludes } },
      bypassActors: [],
    });
    assert.deepEqual(recordsRuleset(protection), {
      ...tags("release/**/*", ["refs/tags/release/**/*"], []),
      rules: { deletion: true, nonFastForward: true, update: true },
    });
    assert.deepEqual(reservedTagsRuleset(protection), {
      ...tags("release", ["~ALL"], ["refs/tags/release/*/*"]),
      rules: { creation: true, update: true },
    });
  });

  it("treat only the records' names as records, and forbid every other tag", () => {
    const about = ({ target, conditions: { refName } }: Ruleset, tag: string) =>
      appliesTo(
        { target, conditions: { ref_name: { include: refName.includes, exclude: refName.excludes } } },
        `refs/tags/${tag}`,
        "main",
      );
    const record = "release/prod/0123456789ab";
    for (const tag of [record, `${record}-2`]) {
      assert.deepEqual(
        [recordsRuleset, reservedTagsRuleset].map((make) => about(make(protection), tag)),
        [true, false],
      );
    }
    const others = ["release", "release/prod", `${record}/x`, `${record}/x/y`, "v1", "main", "env/prod", "origin/main"];
    for (const tag of others) assert.ok(about(reservedTagsRuleset(protection), tag), tag);
  });

  it("are all disabled if the enforcement is disabled", () => {
    const disabled: Protection = { ...protection, enforcement: "disabled" };
    for (const ruleset of [
      mainRuleset(disabled),
      environmentRuleset("prod", disabled),
      reservedRuleset([], disabled),
      recordsRuleset(disabled),
      reservedBranchesRuleset(disabled),
      reservedTagsRuleset(disabled),
    ]) {
      assert.equal(ruleset.enforcement, "disabled");
    }
  });
});
