import assert from "node:assert/strict";
import { Failure } from "@gitops-platform/contract/failure";
import { type Activity, type Move, movesWith, newestOnlyBy, pushersIn, untilRecorded } from "../../github/pushers";
import type { Session } from "../../session";

const entry = (activity_type: string, login: string | null, after = "0"): Activity => ({
  activity_type,
  after,
  actor: login === null ? null : { login, type: login.endsWith("[bot]") ? "Bot" : "User" },
});

describe("the pushers to a branch", () => {
  const cases: [what: string, activities: Activity[], logins: string[]][] = [
    [
      "everyone since its creation",
      [entry("push", "ada", "head"), entry("force_push", "ben", "b"), entry("branch_creation", "app[bot]", "a")],
      ["ada", "ben", "app[bot]"],
    ],
    [
      "nobody who pushed to an earlier branch of that name",
      [
        entry("branch_creation", "app[bot]", "head"),
        entry("branch_deletion", "ada"),
        entry("push", "ben", "b"),
        entry("branch_creation", "cleo", "a"),
      ],
      ["app[bot]"],
    ],
    ["nobody who pushed later", [entry("push", "ben", "b"), entry("branch_creation", "ada", "head")], ["ada"]],
    [
      "the person who pushed the commit, not the one who restored the branch with it",
      [
        entry("branch_creation", "ben", "head"),
        entry("branch_deletion", "ben"),
        entry("push", "ada", "head"),
        entry("branch_creation", "app[bot]", "a"),
      ],
      ["ada", "app[bot]"],
    ],
    [
      "everyone, if the push of the commit is unknown",
      [entry("push", "ada", "b"), entry("branch_creation", "ben", "a"), entry("push", "cleo", "c")],
      ["ada", "ben", "cleo"],
    ],
    [
      "each account once, without deleted ones",
      [entry("push", "ada", "head"), entry("push", "ada"), entry("push", null)],
      ["ada"],
    ],
  ];
  for (const [what, activities, logins] of cases) {
    it(`is ${what}`, () => {
      assert.deepEqual(
        pushersIn(activities, "head").map(({ login }) => login),
        logins,
      );
    });
  }

  it("distinguish people from bots", () => {
    const activities = [entry("push", "ada", "head"), entry("branch_creation", "app[bot]")];
    assert.deepEqual(pushersIn(activities, "head"), [
      { login: "ada", isBot: false },
      { login: "app[bot]", isBot: true },
    ]);
  });
});

describe("the newest commit up to which only one account pushed to a branch", () => {
  const by = entry;
  const cases: [what: string, activities: Activity[], commit: string | undefined][] = [
    [
      "is the tip if only that account pushed",
      [by("push", "app[bot]", "b"), by("branch_creation", "app[bot]", "a")],
      "b",
    ],
    [
      "is older than another account's push, even if the first account pushed again",
      [
        by("push", "app[bot]", "c"),
        by("push", "ada", "x"),
        by("push", "app[bot]", "b"),
        by("branch_creation", "app[bot]", "a"),
      ],
      "b",
    ],
    [
      "does not exist if another account created the branch",
      [by("push", "app[bot]", "b"), by("branch_creation", "ada", "a")],
      undefined,
    ],
    [
      "does not exist if another account restored the branch",
      [
        by("branch_creation", "ada", "b"),
        by("branch_deletion", "app[bot]"),
        by("push", "app[bot]", "b"),
        by("branch_creation", "app[bot]", "a"),
      ],
      undefined,
    ],
    [
      "does not depend on an earlier branch of that name",
      [by("branch_creation", "app[bot]", "a"), by("branch_deletion", "ada"), by("push", "ada", "x")],
      "a",
    ],
    [
      "does not exist if a deleted account created the branch",
      [by("push", "app[bot]", "b"), by("branch_creation", null, "a")],
      undefined,
    ],
    [
      "depends on every push if the branch's creation is unknown",
      [by("push", "app[bot]", "b"), by("push", "ada", "a")],
      undefined,
    ],
  ];
  for (const [what, activities, commit] of cases) {
    it(what, () => {
      assert.equal(newestOnlyBy(activities, "app[bot]"), commit);
    });
  }
});

describe("the pushes that may have added a commit to a branch", () => {
  const move = (before: string, after: string): Move => ({ ...entry("push", "ada", after), before });
  // The branch is at d, and its history is a, b, c, d. The commit is b.
  const having = new Set(["b", "c", "d"]);
  const cases: [what: string, moves: [before: string, after: string][], found: [before: string, after: string][]][] = [
    [
      "the one that added it, even below other commits",
      [
        ["c", "d"],
        ["a", "c"],
      ],
      [["a", "c"]],
    ],
    ["the one that created the branch", [["0", "d"]], [["0", "d"]]],
    ["none, if the record starts later", [["b", "d"]], []],
    [
      "none without the commit",
      [
        ["0", "a"],
        ["x", "y"],
      ],
      [],
    ],
    [
      "each possible one, after a force push over unknown commits",
      [
        ["x", "d"],
        ["a", "b"],
      ],
      [
        ["x", "d"],
        ["a", "b"],
      ],
    ],
  ];
  for (const [what, moves, found] of cases) {
    it(`are ${what}`, () => {
      const result = movesWith(
        moves.map(([before, after]) => move(before, after)),
        having,
      );
      assert.deepEqual(
        result.map(({ before, after }) => [before, after]),
        found,
      );
    });
  }
});

describe("a very recent push", () => {
  /** A session in which GitHub records the push at the request `atLook`. */
  function recording(atLook: number): { session: Session; looks: () => number } {
    let looks = 0;
    const paginate = (): Promise<Activity[]> => {
      looks++;
      return Promise.resolve(
        looks < atLook ? [entry("branch_creation", "app[bot]", "a")] : [entry("push", "ada", "head")],
      );
    };
    const github = { paginate, rest: { repos: { listActivities: undefined } } };
    return { session: { github, repository: {} } as unknown as Session, looks: () => looks };
  }

  it("is awaited until GitHub has recorded it", async () => {
    const { session, looks } = recording(3);
    await untilRecorded(session, "bump/dev", "head", { within: 60_000, pause: 1 });
    assert.equal(looks(), 3);
  });

  it("fails the check if GitHub does not record it, because a pusher would be missed", async () => {
    const { session } = recording(Number.POSITIVE_INFINITY);
    await assert.rejects(
      untilRecorded(session, "bump/dev", "head", { within: 5, pause: 1 }),
      (error) =>
        error instanceof Failure && error.message.includes("bump/dev: got no record on GitHub of who pushed head"),
    );
  });
});
