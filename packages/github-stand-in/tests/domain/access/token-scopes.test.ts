import assert from "node:assert/strict";
import { covers, type Scope, scopeLimit } from "../../../domain/access/token-scopes";
import { scopeOf } from "../../../http/context";
import { SecondaryRateLimit } from "../../../http/rate-limits";

describe("GitHub stand-in: the limits of a token", () => {
  const table: [method: string, path: string, scope: Scope][] = [
    ["GET", "", "metadata"],
    ["PATCH", "", "administration"],
    ["PUT", "/contents/a.txt", "contents"],
    ["POST", "/git/refs", "contents"],
    ["PUT", "/pulls/1/merge", "contents"],
    ["GET", "/pulls/1/merge", "pull_requests"],
    ["POST", "/pulls/1/reviews", "pull_requests"],
    ["POST", "/issues/1/comments", "pull_requests"],
    ["POST", "/statuses/abc", "statuses"],
    ["GET", "/commits/env%2Fprod/status", "statuses"],
    ["GET", "/commits/main/check-runs", "checks"],
    ["POST", "/check-runs", "checks"],
    ["GET", "/commits/main", "contents"],
    ["GET", "/commits/main/pulls", "pull_requests"],
    ["GET", "/activity", "contents"],
    ["GET", "/tags", "metadata"],
    ["GET", "/git/matching-refs/tags/v", "contents"],
    ["POST", "/deployments", "deployments"],
    ["GET", "/deployments/1/statuses", "deployments"],
    ["GET", "/orgs/vaarak/teams/approvers/repos/vaarak/gitops", "members"],
    ["PUT", "/orgs/vaarak/teams/approvers/repos/vaarak/gitops", "administration"],
    ["POST", "/rulesets", "administration"],
    ["GET", "/rulesets", "metadata"],
    ["POST", "/keys", "administration"],
    ["GET", "/keys", "administration"],
    ["POST", "/hooks", "repository_hooks"],
    ["PUT", "/environments/prod", "administration"],
    ["GET", "/environments/prod", "actions"],
    ["PUT", "/actions/secrets/KEY", "secrets"],
    ["PUT", "/actions/permissions/workflow", "administration"],
    ["PUT", "/collaborators/ben", "administration"],
    ["PUT", "/something/new", "administration"],
  ];
  for (const [method, path, scope] of table) {
    it(`${method} ${path || "/"} needs ${scope}`, () => {
      assert.equal(scopeOf(method, path), scope);
    });
  }

  it("covers repositories by name or by owner, and grants the listed permissions", () => {
    const scopes = {
      permissions: { contents: "write" as const, checks: "read" as const },
      repositories: ["vaarak/gitops", "ada/*"],
    };
    const names = [
      { owner: "Vaarak", name: "GitOps" },
      { owner: "vaarak", name: "other" },
      { owner: "ada", name: "any" },
    ];
    assert.deepEqual(
      names.map((name) => covers(scopes, name)),
      [true, false, true],
    );
    const limits = (["contents", "checks", "metadata", "administration"] as const).map((scope) =>
      scopeLimit(scopes, scope),
    );
    assert.deepEqual(limits, ["admin", "read", "read", "none"]);
  });
});

describe("GitHub stand-in: secondary rate limits", () => {
  it("accepts writes again when the oldest write has left the window", () => {
    const limit = new SecondaryRateLimit({ contentWritesPerMinute: 2, contentWritesPerHour: 3 });
    const waits = [0, 10_000, 20_000, 60_000, 61_000, 3_600_000].map((time) => limit.retryAfter("ada", time));
    assert.deepEqual(waits, [undefined, undefined, 40, undefined, 3539, undefined]);
    assert.equal(limit.retryAfter("ben", 20_000), undefined);
  });

  it("rejects nothing without a limit", () => {
    const limit = new SecondaryRateLimit({});
    assert.deepEqual(
      Array.from({ length: 600 }, () => limit.retryAfter("ada", 0)).filter((seconds) => seconds !== undefined),
      [],
    );
  });
});
