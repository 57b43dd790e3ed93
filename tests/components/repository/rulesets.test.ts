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
} from "../../../components/repository/rulesets";
import { isAbout } from "../../../sandbox/github/rulesets/ref-conditions";

// Proves what is asked of GitHub. That it refuses what it is asked to refuse is for the end-to-end tests.

const protection: Protection = { enforcement: "active", checksApp: 17, platformTeamId: undefined };

describe("the rulesets", () => {
  it("let a valid pull request into main, approved where the platform team owns what it changes", () => {
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

  it("ask for the platform team by number too, where it is known", () => {
    const { rules } = mainRuleset({ ...protection, platformTeamId: 5 });
    assert.deepEqual((rules.pullRequest as { requiredReviewers?: unknown }).requiredReviewers, [
      {
        filePatterns: ["charts/**", "gitops.yaml", "gitops.schema.json", ".github/**"],
        minimumApprovals: 1,
        reviewer: { id: 5, type: "Team" },
      },
    ]);
  });

  it("let into an environment's branch what an approver approved who did not push it", () => {
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

  it("let nobody begin the branch of an environment that is not there, at any depth", () => {
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

  it("let nobody make a branch above or below those of the platform", () => {
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

  it("let nobody change or remove a record, or make any other tag", () => {
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

  it("take the records' names for records, and every other tag for what nobody makes", () => {
    const about = ({ target, conditions: { refName } }: Ruleset, tag: string) =>
      isAbout(
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

  it("stand by, all of them, where they are disabled", () => {
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
