import { recordTag } from "@gitops-platform/contract/tags";
/**
 * Approval records on the stand-in, which lets nobody change their tags. These tests run without Helm: they set the
 * check `validate` themselves, as its App.
 */
import assert from "node:assert/strict";
import { withRecords } from "../../release/record";
import { unrecorded, writeRecord } from "../../release/write-record";
import { gitRefusal } from "@gitops-platform/github-stand-in/tests/support";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const FILE = "environments/prod/api.yaml";
const repository = { owner: "vaarak", repo: "gitops" };

describe("the releases without a record", function () {
  this.timeout(120_000);
  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make();
  });
  afterEach(() => github.remove());

  /** A release that ann approved and nobody recorded. Returns the commit that its merge made. */
  async function release(version: string): Promise<string> {
    const change = { [FILE]: (await github.read(FILE, "env/prod")).replace(/tag: "[^"]*"/, `tag: "${version}"`) };
    const number = await github.propose("release", "env/prod", "release/prod/api", `Release ${version}`, change);
    await github.sayValid(number);
    await github.approve("ann", number);
    const result = await github.mergeApproved(number);
    return "merged" in result ? result.merged : assert.fail(JSON.stringify(result));
  }

  /** Records the releases without a record. Returns their commits. */
  const record = () =>
    github.as("release", async (session) => {
      const found = await unrecorded(session, "prod");
      for (const each of found) assert.equal(await writeRecord(session, each, github.key.privateKey), true);
      return found.map(({ commit }) => commit);
    });
  const approvers = (commit: string) =>
    github.as("dev", ({ clone }) =>
      withRecords(clone, async (find) => {
        const found = await find("prod", commit);
        return "reason" in found ? found.reason : found.approvedBy;
      }),
    );
  const push = async (login: string, ...args: string[]) => {
    const clone = await github.clone(login);
    return clone.git("push", "origin", ...args);
  };

  it("are recorded under another name if a writer took the first one, and nobody can change a record", async () => {
    const commit = await release("sha-2222222");
    const name = recordTag("prod", commit);
    await push("dev", `${commit}:refs/tags/${name}`);
    assert.match(String(await approvers(commit)), /has no message/);
    assert.deepEqual(await record(), [commit]);
    assert.deepEqual(await approvers(commit), ["@ann"]);
    assert.deepEqual(await record(), []);
    for (const login of ["dev", "owner", "release"]) {
      assert.match(await gitRefusal(push(login, `:refs/tags/${name}-2`)), /Cannot delete this tag/);
      const moved = await gitRefusal(push(login, "--force", `${commit}^1:refs/tags/${name}-2`));
      assert.match(moved, /Cannot force-push to this tag[^]*Cannot update this protected ref/);
    }
    const blob = async () => {
      const clone = await github.clone("dev");
      const text = await clone.git("rev-parse", `origin/main:${FILE}`);
      return clone.git("push", "--force", "origin", `${text}:refs/tags/${name}-2`);
    };
    assert.match(await gitRefusal(blob()), /Cannot update this protected ref/);
    const ref = { ...repository, ref: `tags/${name}-2` };
    await assert.rejects(github.octokit("owner").rest.git.deleteRef(ref), /Cannot delete this tag/);
    assert.deepEqual(await approvers(commit), ["@ann"]);
  });

  it("include those of older commits whose tags somebody removed", async () => {
    const [first, second] = [await release("sha-2222222"), await release("sha-3333333")];
    assert.deepEqual(await record(), [first, second]);
    await github.disable("release/**/*");
    await push("dev", `:refs/tags/${recordTag("prod", first)}`);
    assert.match(String(await approvers(first)), /there is no record/);
    assert.deepEqual(await record(), [first]);
    assert.deepEqual(await approvers(first), ["@ann"]);
  });
});
