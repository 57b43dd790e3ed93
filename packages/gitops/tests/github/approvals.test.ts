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

describe("who approves", () => {
  const cases: [what: string, reviews: Review[], logins: string[]][] = [
    ["people who approved", [review("ada", "APPROVED"), review("ben", "APPROVED")], ["ada", "ben"]],
    ["nobody who asked for changes since", [review("ada", "APPROVED"), review("ada", "CHANGES_REQUESTED")], []],
    [
      "a person who approved after asking for changes",
      [review("ada", "CHANGES_REQUESTED"), review("ada", "APPROVED")],
      ["ada"],
    ],
    ["a person who only commented since", [review("ada", "APPROVED"), review("ada", "COMMENTED")], ["ada"]],
    ["nobody whose last word was dismissed", [review("ada", "APPROVED"), review("ada", "DISMISSED")], []],
    ["no bot", [review("app[bot]", "APPROVED", 0, "Bot")], []],
    ["no account that is gone", [{ ...review("ada", "APPROVED"), user: null }], []],
  ];
  for (const [what, reviews, logins] of cases) {
    it(`is ${what}`, () => {
      assert.deepEqual(
        currentApprovals(reviews).map(({ login }) => login),
        logins,
      );
    });
  }

  it("is told of a moment that has passed: what was said later does not count", () => {
    const reviews = [review("ada", "APPROVED", 1), review("ben", "APPROVED", 3), review("ada", "CHANGES_REQUESTED", 4)];
    assert.deepEqual(currentApprovals(reviews, at(2)), [{ id: 1, login: "ada", commit: "head", at: at(1) }]);
  });
});
