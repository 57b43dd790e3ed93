import assert from "node:assert/strict";
import { countedApprovers, type Facts, verdict } from "../../four-eyes/verdict";
import { checkOf, titleOf } from "../../four-eyes/verdict-text";

const PATH = "environments/prod/api.yaml";
const ada = { login: "ada", did: "asked for #12" };
const eve = { login: "eve", did: "pushed to #12" };
const NOON = "2026-01-01T12:00:00Z";
const LATER = "2026-01-01T12:00:01Z";
const approval = (login: string, commit = "head", at = NOON) => ({ id: 1, login, commit, at });

/** Facts where ada had a part, and the people named own what is changed. */
function facts({ owners = ["ada", "ben", "cleo"], ...more }: Partial<Facts> & { owners?: string[] }): Facts {
  const people = new Map(owners.map((login) => [login, { paths: new Set([PATH]), mayOwnMore: false }]));
  const ownership = { unowned: [], owned: [PATH], people };
  const nothing = { unrequested: [], approvals: [], ciAccounts: [], reset: undefined };
  return { head: "head", contributors: [ada], ...nothing, ownership, ...more };
}

describe("the verdict of four-eyes", () => {
  it("waits where nobody approves, and says whose approval would not count", () => {
    const result = verdict(facts({}));
    const { conclusion, title, summary } = checkOf(result, "head");
    assert.deepEqual([result.state, conclusion, title], ["waits", "failure", "Waits for an approval"]);
    assert.match(summary, /their approval does not count:\n\n- ada asked for #12\n/);
  });

  it("counts no approval by an account of CI, whatever team it is in", () => {
    const result = verdict(facts({ approvals: [approval("ben")], ciAccounts: ["Ben"] }));
    assert.deepEqual(result.approvals, [{ login: "ben", counts: false, reason: "not-a-person" }]);
    assert.equal(result.state, "insufficient");
    assert.match(titleOf(result), /is an account of CI/);
  });

  it("approves by an owner without a part, and makes a check that runs until the merge", () => {
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
    it(`counts no approval that is ${reason}, and says which by a code`, () => {
      const result = verdict(given);
      const login = given.approvals[0]?.login ?? "";
      assert.deepEqual([result.state, result.approvals], ["insufficient", [{ login, counts: false, reason }]]);
      assert.equal(checkOf(result, "head").conclusion, "failure");
      // Nobody blocks a release by approving it: beside one that counts it changes nothing.
      const beside = verdict({ ...given, approvals: [...given.approvals, approval("cleo", "head", LATER)] });
      assert.deepEqual([beside.state, countedApprovers(beside)], ["approved", ["cleo"]]);
    });
  }

  it("says who had which part, and the way out", () => {
    const { title, summary } = checkOf(verdict(facts({ approvals: [approval("ada")] })), "head");
    assert.equal(title, "Approved by ada, who contributed to it");
    assert.equal(summary, "- ada asked for #12, which this releases: their approval does not count. Ask another.");
  });

  it("counts nobody whose membership GitHub does not tell, and says what the App lacks", () => {
    const people = new Map([["ben", { paths: new Set<string>(), mayOwnMore: true }]]);
    const given = facts({ approvals: [approval("ben")], ownership: { unowned: [], owned: [PATH], people } });
    const result = verdict(given);
    assert.deepEqual(result.approvals, [{ login: "ben", counts: false, reason: "unknown-member" }]);
    assert.match(checkOf(result, "head").summary, /organisation permission "Members: read"/);
  });

  it("wants an owner of each path, and refuses a path that nobody owns", () => {
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

  it("refuses what nobody is known to have asked for, no matter who approves", () => {
    const result = verdict(facts({ approvals: [approval("ben")], unrequested: [{ number: 20 }] }));
    assert.deepEqual([result.state, result.obstacles], ["refused", [{ reason: "nobody-asked", number: 20 }]]);
    assert.equal(titleOf(result), "Nobody is known to have asked for #20");
  });
});

describe("the verdict past the second person", () => {
  const glass = { by: "Ada", reason: "the site is down" };
  const judge = (more: Parameters<typeof facts>[0]) => verdict(facts(more), glass);

  it("approves by the person who used break-glass, who is no second person, and says who, why and what", () => {
    const result = judge({ approvals: [approval("ada")] });
    const { conclusion, title, summary } = checkOf(result, "head");
    assert.deepEqual([result.state, result.breakGlass, countedApprovers(result)], ["approved", glass, []]);
    assert.deepEqual([conclusion, title], [null, "Break-glass by @Ada: the site is down"]);
    assert.match(summary, /^@Ada asked for #12, which this releases, and approves it .*:\n\n> the site is down$/);
  });

  it("excuses that nobody is known to have asked, too", () => {
    const result = judge({ approvals: [approval("ada")], unrequested: [{ number: 20 }] });
    assert.deepEqual([result.state, result.breakGlass], ["approved", glass]);
    assert.equal(judge({ approvals: [approval("ben")], unrequested: [{ number: 20 }] }).state, "refused");
  });

  it("excuses nobody else, and makes nobody an owner", () => {
    assert.equal(
      judge({ approvals: [approval("eve")], contributors: [ada, eve], owners: ["eve"] }).state,
      "insufficient",
    );
    const lent = judge({ approvals: [approval("ada"), approval("eve")], contributors: [ada, eve], owners: ["eve"] });
    assert.deepEqual([lent.state, lent.breakGlass], ["insufficient", undefined]);
    assert.equal(judge({ approvals: [approval("ada")], owners: ["ben"] }).state, "insufficient");
  });

  it("lasts as long as they approve the head themselves", () => {
    assert.equal(judge({}).state, "waits");
    assert.equal(judge({ approvals: [approval("ada", "older")] }).state, "insufficient");
  });

  it("is the ordinary one where a second person approved", () => {
    const { state, breakGlass } = judge({ approvals: [approval("ben")] });
    assert.deepEqual([state, breakGlass], ["approved", undefined]);
  });
});
