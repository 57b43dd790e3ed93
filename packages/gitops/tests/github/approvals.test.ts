import assert from "node:assert/strict";
import { currentApprovals, type Review } from "../../github/approvals";

const at = (minute: number) => `2026-01-01T00:0${minute}:00Z`;
const review = (login: string, state: string, minute = 0, type = "User"): Review => ({
  id: 1,
  user: { login, type },
  state,
  commit_id: "head",
  submitted_at: at(minute),
});

describe("a current approval", () => {
  const cases: [what: string, reviews: Review[], logins: string[]][] = [
    ["that of each person who approved", [review("ada", "APPROVED"), review("ben", "APPROVED")], ["ada", "ben"]],
    [
      "not that of a person who requested changes later",
      [review("ada", "APPROVED"), review("ada", "CHANGES_REQUESTED")],
      [],
    ],
    [
      "that of a person who approved after requesting changes",
      [review("ada", "CHANGES_REQUESTED"), review("ada", "APPROVED")],
      ["ada"],
    ],
    ["that of a person who only commented later", [review("ada", "APPROVED"), review("ada", "COMMENTED")], ["ada"]],
    ["not one that was dismissed", [review("ada", "APPROVED"), review("ada", "DISMISSED")], []],
    ["not that of a bot", [review("app[bot]", "APPROVED", 0, "Bot")], []],
    ["not that of a deleted account", [{ ...review("ada", "APPROVED"), user: null }], []],
  ];
  for (const [what, reviews, logins] of cases) {
    it(`is ${what}`, () => {
      assert.deepEqual(
        currentApprovals(reviews).map(({ login }) => login),
        logins,
      );
    });
  }

  it("can be computed for an earlier time, without later reviews", () => {
    const reviews = [review("ada", "APPROVED", 1), review("ben", "APPROVED", 3), review("ada", "CHANGES_REQUESTED", 4)];
    assert.deepEqual(currentApprovals(reviews, at(2)), [{ id: 1, login: "ada", commit: "head", at: at(1) }]);
  });
});
