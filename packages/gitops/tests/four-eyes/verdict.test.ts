import assert from "node:assert/strict";
import { checkOf, countedApprovers, type Facts, titleOf, verdict } from "../../four-eyes/verdict";

const PATH = "environments/prod/api.yaml";
const ada = { login: "ada", did: "asked for #12" };
const eve = { login: "eve", did: "pushed to #12" };
const NOON = "2026-01-01T12:00:00Z";
const LATER = "2026-01-01T12:00:01Z";
const approval = (login: string, commit = "head", at = NOON) => ({ id: 1, login, commit, at });

/** Facts in which ada contributed, and `owners` own the changed file. */
function facts({ owners = ["ada", "ben", "cleo"], ...more }: Partial<Facts> & { owners?: string[] }): Facts {
  const people = new Map(owners.map((login) => [login, { paths: new Set([PATH]), mayOwnMore: false }]));
  const ownership = { unowned: [], owned: [PATH], people };
  const nothing = { unrequested: [], approvals: [], ciAccounts: [], reset: undefined };
  return { head: "head", contributors: [ada], ...nothing, ownership, ...more };
}

describe("the verdict of four-eyes", () => {
  it("waits if nobody has approved, and names those whose approval would not count", () => {
    const result = verdict(facts({}));
    const { conclusion, title, summary } = checkOf(result, "head");
    assert.deepEqual([result.state, conclusion, title], ["waits", "failure", "Waits for an approval"]);
    assert.match(summary, /their approval does not count:\n\n- ada asked for #12\n/);
  });

  it("does not count the approval of an account of CI, even in the owners' team", () => {
    const result = verdict(facts({ approvals: [approval("ben")], ciAccounts: ["Ben"] }));
    assert.deepEqual(result.approvals, [{ login: "ben", counts: false, reason: "not-a-person" }]);
    assert.equal(result.state, "insufficient");
    assert.match(titleOf(result), /is an account of CI/);
  });

  it("is approved by an owner who is not a contributor, with a check that runs until the merge", () => {
    const result = verdict(facts({ approvals: [approval("ben")] }));
    const { conclusion, title } = checkOf(result, "head");
    assert.deepEqual([result.state, countedApprovers(result)], ["approved", ["ben"]]);
    assert.deepEqual([conclusion, title], [null, "Approved by ben: the workflow Release merges it"]);
  });

  const notCounted = [
    ["had-part", facts({ approvals: [approval("Ada")] })],
    ["not-owner", facts({ approvals: [approval("dan")] })],
    ["other-commit", facts({ approvals: [approval("ben", "older")] })],
    ["before-reopening", facts({ approvals: [approval("ben")], reset: NOON })],
  ] as const;
  for (const [reason, given] of notCounted) {
    it(`does not count an approval with the reason ${reason}`, () => {
      const result = verdict(given);
      const login = given.approvals[0]?.login ?? "";
      assert.deepEqual([result.state, result.approvals], ["insufficient", [{ login, counts: false, reason }]]);
      assert.equal(checkOf(result, "head").conclusion, "failure");
      // It does not block the release if another approval counts.
      const beside = verdict({ ...given, approvals: [...given.approvals, approval("cleo", "head", LATER)] });
      assert.deepEqual([beside.state, countedApprovers(beside)], ["approved", ["cleo"]]);
    });
  }

  it("needs two owners for an automatic promotion, of whom none is a contributor", () => {
    const unrequested = [{ number: 7, byRule: true as const }];
    const waits = verdict(facts({ unrequested }));
    assert.deepEqual([waits.state, titleOf(waits), waits.obstacles], ["waits", "Waits for an approval", []]);
    assert.match(checkOf(waits, "head").summary, /#7 was promoted automatically.*: two owners have to approve/);
    for (const approvals of [["ben"], ["ben", "Ben"], ["ben", "ada"], ["ben", "dan"]]) {
      const one = verdict(facts({ unrequested, approvals: approvals.map((login) => approval(login)) }));
      assert.equal(one.state, "insufficient", approvals.join());
      assert.equal(titleOf(one), "Waits for a second approval, because #7 was promoted automatically");
      assert.match(checkOf(one, "head").summary, /two owners have to approve this release\.$/);
    }
    const both = verdict(facts({ unrequested, approvals: [approval("ben"), approval("cleo")] }));
    assert.deepEqual([both.state, countedApprovers(both)], ["approved", ["ben", "cleo"]]);
    const alsoOther = verdict(
      facts({ unrequested: [...unrequested, { number: 8 }], approvals: [approval("ben"), approval("cleo")] }),
    );
    assert.deepEqual([alsoOther.state, alsoOther.obstacles], ["refused", [{ reason: "nobody-asked", number: 8 }]]);
    const glass = verdict(facts({ unrequested, approvals: [approval("ada")] }), { by: "ada", reason: "down" });
    assert.deepEqual([glass.state, glass.breakGlass?.by], ["approved", "ada"]);
  });

  it("names what a contributor did, and what to do", () => {
    const { title, summary } = checkOf(verdict(facts({ approvals: [approval("ada")] })), "head");
    assert.equal(title, "Approved by ada, who contributed to it");
    assert.equal(summary, "- ada asked for #12, which this releases: their approval does not count. Ask another.");
  });

  it("does not count an approver whose membership is unknown, and names the missing permission", () => {
    const people = new Map([["ben", { paths: new Set<string>(), mayOwnMore: true }]]);
    const given = facts({ approvals: [approval("ben")], ownership: { unowned: [], owned: [PATH], people } });
    const result = verdict(given);
    assert.deepEqual(result.approvals, [{ login: "ben", counts: false, reason: "unknown-member" }]);
    assert.match(checkOf(result, "head").summary, /organisation permission "Members: read"/);
  });

  it("needs an owner of each path, and refuses a path without owners", () => {
    const chart = "charts/service/values.yaml";
    const people = new Map([["ben", { paths: new Set([PATH]), mayOwnMore: false }]]);
    const both = { unowned: [], owned: [PATH, chart], people };
    const lacks = verdict(facts({ approvals: [approval("ben")], ownership: both }));
    assert.deepEqual([lacks.state, lacks.missing], ["insufficient", [chart]]);
    assert.match(titleOf(lacks), /an owner of charts\/service\/values\.yaml$/);
    const nobodys = { unowned: [chart], owned: [PATH], people };
    const refused = verdict(facts({ approvals: [approval("ben")], ownership: nobodys }));
    assert.deepEqual([refused.state, titleOf(refused)], ["refused", `Nobody owns ${chart}`]);
  });

  it("refuses a change without a known requester, no matter who approves", () => {
    const result = verdict(facts({ approvals: [approval("ben")], unrequested: [{ number: 20 }] }));
    assert.deepEqual([result.state, result.obstacles], ["refused", [{ reason: "nobody-asked", number: 20 }]]);
    assert.equal(titleOf(result), "Nobody is known to have asked for #20");
  });
});

describe("the verdict with break-glass", () => {
  const glass = { by: "Ada", reason: "the site is down" };
  const judge = (more: Parameters<typeof facts>[0]) => verdict(facts(more), glass);

  it("is approved by the person who used break-glass, and names them, the reason and their part", () => {
    const result = judge({ approvals: [approval("ada")] });
    const { conclusion, title, summary } = checkOf(result, "head");
    assert.deepEqual([result.state, result.breakGlass, countedApprovers(result)], ["approved", glass, []]);
    assert.deepEqual([conclusion, title], [null, "Break-glass by @Ada: the site is down"]);
    assert.match(summary, /^@Ada asked for #12, which this releases, and approves it .*:\n\n> the site is down$/);
  });

  it("permits a change without a known requester, too", () => {
    const result = judge({ approvals: [approval("ada")], unrequested: [{ number: 20 }] });
    assert.deepEqual([result.state, result.breakGlass], ["approved", glass]);
    assert.equal(judge({ approvals: [approval("ben")], unrequested: [{ number: 20 }] }).state, "refused");
  });

  it("permits no other contributor's approval, and makes nobody an owner", () => {
    assert.equal(
      judge({ approvals: [approval("eve")], contributors: [ada, eve], owners: ["eve"] }).state,
      "insufficient",
    );
    const lent = judge({ approvals: [approval("ada"), approval("eve")], contributors: [ada, eve], owners: ["eve"] });
    assert.deepEqual([lent.state, lent.breakGlass], ["insufficient", undefined]);
    assert.equal(judge({ approvals: [approval("ada")], owners: ["ben"] }).state, "insufficient");
  });

  it("is approved only while that person's approval of the newest commit stands", () => {
    assert.equal(judge({}).state, "waits");
    assert.equal(judge({ approvals: [approval("ada", "older")] }).state, "insufficient");
  });

  it("is the usual one if a second person approved", () => {
    const { state, breakGlass } = judge({ approvals: [approval("ben")] });
    assert.deepEqual([state, breakGlass], ["approved", undefined]);
  });
});
