import assert from "node:assert/strict";
import type { Session } from "../../../gitops/session";
import { approvedBy } from "../../../gitops/release/approved-by";
import { GitOpsRepository } from "../support";
import { LocalRepository } from "../support/local";

// The team `platform` has one member, pat. Proves what the record says; that GitHub refuses a merge without an owner is its ruleset's, tried elsewhere.

const OWNERS = ".github/CODEOWNERS";

describe("who let a release in, by its record", () => {
  let local: LocalRepository;
  let github: GitOpsRepository;
  before(async () => {
    github = new GitOpsRepository();
    await github.start();
  });
  after(() => github.remove());
  beforeEach(() => {
    local = new LocalRepository();
  });
  afterEach(() => {
    local.remove();
  });

  const judge = async (owners: string | null, reader: string, approvers: string[], others: string[] = []) => {
    local.commit({ [OWNERS]: owners ?? "* @first\n", "environments/prod/api.yaml": "a: 1\n" });
    if (owners === null) local.commit({ [OWNERS]: null });
    // What the release itself makes of CODEOWNERS does not count.
    const commit = local.commit({ "environments/prod/api.yaml": "a: 2\n", [OWNERS]: "* @eve\n" });
    const session = { clone: local.clone, github: github.octokit(reader) } as unknown as Session;
    const approvals = [...approvers, ...others].map((login) => ({ login, commit }));
    return approvedBy(session, commit, approvers, approvals);
  };

  it("is whom CODEOWNERS names, and not a stranger who approved too", async () => {
    assert.deepEqual(await judge("* @Ann\n", "release", ["eve", "ann"]), { "Approved-By": ["@ann"] });
    assert.deepEqual(await judge("* @ann\n", "release", ["eve"]), { "Approved-By": [] });
  });

  it("is the team's member, where GitHub tells", async () => {
    assert.deepEqual(await judge("* @vaarak/platform\n", "owner", ["eve", "pat"]), { "Approved-By": ["@pat"] });
  });

  it("is the only one who approved, where GitHub does not tell: it merges nothing without an owner", async () => {
    assert.deepEqual(await judge("* @vaarak/platform\n", "release", ["pat"]), { "Approved-By": ["@pat"] });
  });

  it("is one of several, marked so, where GitHub does not tell which", async () => {
    const both = { "Approved-By": ["@eve", "@pat"], "Approved-For": ["@vaarak/platform"] };
    assert.deepEqual(await judge("* @vaarak/platform\n", "release", ["eve", "pat"]), both);
    // Also where the other's approval counts for GitHub alone: theirs may be the owner's.
    const one = { "Approved-By": ["@eve"], "Approved-For": ["@vaarak/platform"] };
    assert.deepEqual(await judge("* @vaarak/platform\n", "release", ["eve"], ["pat"]), one);
    // A team that the token does not see is no team without that member.
    const unseen = { "Approved-By": ["@eve", "@pat"], "Approved-For": ["@vaarak/hidden"] };
    assert.deepEqual(await judge("* @vaarak/hidden\n", "owner", ["eve", "pat"]), unseen);
  });

  it("is everybody who approved, where nobody owns it", async () => {
    assert.deepEqual(await judge(null, "release", ["eve", "pat"]), { "Approved-By": ["@eve", "@pat"] });
  });
});
