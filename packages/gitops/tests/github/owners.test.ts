import assert from "node:assert/strict";
import { ownership } from "../../github/approvals";
import type { Session } from "../../session";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

// The team `platform` has a member, pat. The App `bump` may not read members.

const OWNERS = ".github/CODEOWNERS";
const PATH = "environments/prod/api.yaml";

describe("an owner of a release's changes", () => {
  let local: LocalRepository;
  let github: GitopsRepository;
  before(async () => {
    github = new GitopsRepository();
    await github.start();
  });
  after(() => github.remove());
  beforeEach(() => {
    local = new LocalRepository();
  });
  afterEach(() => {
    local.remove();
  });

  const owns = async (owners: string, login: string, reader = "release") => {
    const base = local.commit({ [OWNERS]: owners });
    // The release's own change of CODEOWNERS does not count.
    local.commit({ [OWNERS]: "* @eve\n" });
    const session = { clone: local.clone, github: github.octokit(reader) } as unknown as Session;
    const { people, unowned } = await ownership(session, base, [PATH], [login]);
    const found = people.get(login.toLowerCase());
    return { owns: found?.paths.has(PATH), mayOwnMore: found?.mayOwnMore, unowned };
  };
  const nothing = { owns: false, mayOwnMore: false, unowned: [] };

  it("is named by CODEOWNERS of the base, in upper or lower case", async () => {
    assert.deepEqual(await owns("* @Ann\n", "ann"), { ...nothing, owns: true });
    assert.deepEqual(await owns("* @ann\n", "eve"), nothing);
  });

  it("is a member of a named team, if GitHub shows its members", async () => {
    assert.deepEqual(await owns("* @vaarak/platform\n", "pat"), { ...nothing, owns: true });
    assert.deepEqual(await owns("* @vaarak/platform\n", "eve"), nothing);
  });

  it("is uncertain if GitHub does not show the team's members", async () => {
    assert.deepEqual(await owns("* @vaarak/platform\n", "pat", "bump"), { ...nothing, mayOwnMore: true });
    assert.deepEqual(await owns("* @vaarak/hidden\n", "pat"), { ...nothing, mayOwnMore: true });
  });

  it("is nobody if no rule matches or the last matching one has no owner", async () => {
    assert.deepEqual(await owns("/charts/ @ann\n", "ann"), { ...nothing, unowned: [PATH] });
    assert.deepEqual(await owns("* @ann\n/environments/\n", "ann"), { ...nothing, unowned: [PATH] });
  });
});
