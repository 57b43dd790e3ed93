/**
 * The protection of the GitOps repository that the program created. Each attempt uses HTTP or Git, with the tokens and
 * keys of the sandbox's people and programs. This does not prove that github.com's messages are the same.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { until } from "@gitops-platform/clients/until";
import { apiImage, pushCode, runs } from "./support/platform";
import {
  as,
  cli,
  conclusion,
  credentials,
  fileOn,
  gitHost,
  gitops,
  merge,
  openRelease,
  propose,
  withToken,
  writeFile,
} from "./support/people";

const PRODUCTION = "environments/prod/api.yaml";
const FOUR_EYES = "four-eyes (env/prod)";

const MANIFESTS = "manifests/api/manifests.yaml";

/** Values and manifests with a higher minimum of pods: a change that a person authors. */
async function moreReplicas(): Promise<Record<string, string>> {
  const files = [PRODUCTION, MANIFESTS].map(async (file) => {
    const text = await fileOn("env/prod", file);
    return [file, text.replace("minReplicas: 3", "minReplicas: 4")] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

/** The status and message of a refused call. */
async function refused(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => assert.fail("it was accepted"),
    (error: unknown) => {
      const { status, message } = error as { status?: number; message: string };
      return `${status ?? "?"} ${message}`;
    },
  );
}

describe("the provisioned repository", () => {
  let folder = "";
  let production = "";
  const tip = async () =>
    (await (await as("developer")).rest.git.getRef({ ...gitops, ref: "heads/env/prod" })).data.object.sha;
  /** Runs git with a person's token, in a clone of their own. */
  const git = async (token: string, ...args: string[]) => {
    const { host } = new URL(await gitHost());
    const remote = `http://x:${token}@${host}/${gitops.owner}/${gitops.repo}.git`;
    const place = join(folder, token.slice(0, 8));
    await execa("git", ["clone", "--quiet", remote, place], { reject: false });
    const identity = ["-c", "user.name=x", "-c", "user.email=x@localhost"];
    return execa("git", [...identity, ...args], { cwd: place, reject: false, all: true });
  };
  const approve = async (login: "approver" | "other-approver" | "engineer" | "developer", pull: number) => {
    await (await as(login)).rest.pulls.createReview({ ...gitops, pull_number: pull, event: "APPROVE" });
  };
  const mergeAs = async (login: "approver" | "developer", pull: number) =>
    (await as(login)).rest.pulls.merge({ ...gitops, pull_number: pull, merge_method: "merge" });
  const close = async (pull: number) => {
    await (await as("developer")).rest.pulls.update({ ...gitops, pull_number: pull, state: "closed" });
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "protection-"));
    production = await tip();
  });
  after(() => rm(folder, { recursive: true, force: true }));

  describe("refuses", () => {
    afterEach(async () => {
      assert.equal(await tip(), production, "env/prod moved");
    });

    it("a direct push to env/prod, even by an owner of the organisation", async () => {
      const { platformToken, people } = credentials();
      for (const token of [people.developer, people.approver, people.engineer, platformToken]) {
        await git(token, "switch", "--quiet", "env/prod");
        await git(token, "commit", "--quiet", "--allow-empty", "--message", "Straight to production");
        const { all, failed } = await git(token, "push", "origin", "env/prod");
        assert.ok(failed);
        assert.match(all, /GH013: Repository rule violations found for refs\/heads\/env\/prod/);
        assert.match(all, /Changes must be made through a pull request/);
      }
    });

    it("a force push to env/prod, and its deletion", async () => {
      const { platformToken: token } = credentials();
      const forced = await git(token, "push", "--force", "origin", "origin/main:env/prod");
      assert.match(forced.all, /Cannot force-push to this branch/);
      const deleted = await git(token, "push", "origin", ":env/prod");
      assert.match(deleted.all, /Cannot delete this branch/);
    });

    it("the deletion or change of an approval record, and the creation of any other tag", async () => {
      const { platformToken, people } = credentials();
      const record = "refs/tags/release/prod/ffffffffffff";
      await git(people.developer, "fetch", "--quiet");
      // Anybody can create a record, which proves nothing. The sandbox's first release may not have a record yet.
      await git(people.developer, "push", "origin", `origin/env/prod:${record}`);
      for (const token of [people.developer, platformToken]) {
        const deleted = await git(token, "push", "origin", `:${record}`);
        assert.match(
          deleted.all,
          /GH013: Repository rule violations found for refs\/tags\/release[^]*Cannot delete this tag/,
        );
        const moved = await git(token, "push", "--force", "origin", `origin/main:${record}`);
        assert.match(moved.all, /Cannot update this protected ref/);
        for (const tag of ["release", "release/dev", "release/prod/eeeeeeeeeeee/x", "env/prod", "origin/main", "v1"]) {
          const made = await git(token, "push", "origin", `origin/main:refs/tags/${tag}`);
          assert.match(made.all, /Cannot create ref due to creations being restricted/, tag);
        }
      }
    });

    it("a direct push to main, and the creation of other env/ branches", async () => {
      const { platformToken: token } = credentials();
      await git(token, "fetch", "--quiet");
      await git(token, "switch", "--quiet", "--force-create", "side", "origin/main");
      await git(token, "commit", "--quiet", "--allow-empty", "--message", "Straight to main");
      const pushed = await git(token, "push", "origin", "side:main");
      assert.match(pushed.all, /GH013/);
      for (const branch of ["env/staging", "env/x", "env/x/y"]) {
        const made = await git(token, "push", "origin", `origin/main:refs/heads/${branch}`);
        assert.match(made.all, /GH013/, branch);
      }
    });

    it("a change of a file by the contents API", async () => {
      for (const branch of ["env/prod", "main"]) {
        const message = await refused(writeFile("developer", branch, PRODUCTION, "replicaCount: 1\n", "Straight"));
        assert.match(message, /^409 Repository rule violations found/);
      }
    });

    it("a merge without approval, and an approval by the author", async () => {
      const files = await moreReplicas();
      const pull = await propose({ by: "approver", base: "env/prod", title: "Four pods", files });
      assert.equal(await conclusion(pull, "validate", "success"), "success");
      assert.equal(await conclusion(pull, "four-eyes"), "failure");
      assert.match(await refused(mergeAs("approver", pull)), /^405 Repository rule violations found/);
      assert.match(await refused(approve("approver", pull)), /^422 .*[Cc]an ?not approve your own pull request/);
      await close(pull);
    });

    it("a merge after a new commit that followed the approval", async () => {
      const files = await moreReplicas();
      const pull = await propose({ by: "developer", base: "env/prod", title: "Four pods", files });
      // Otherwise it would be merged automatically.
      const objection = { ...gitops, pull_number: pull, event: "REQUEST_CHANGES" as const, body: "Wait" };
      const { data: review } = await (await as("engineer")).rest.pulls.createReview(objection);
      await approve("approver", pull);
      assert.equal(await conclusion(pull, "four-eyes", "in_progress"), "in_progress");
      const { data } = await (await as("developer")).rest.pulls.get({ ...gitops, pull_number: pull });
      const more = (files[PRODUCTION] ?? "").replace("minReplicas: 4", "minReplicas: 5");
      await writeFile("developer", data.head.ref, PRODUCTION, more, "Five pods");
      assert.equal(await conclusion(pull, "four-eyes", "failure"), "failure");
      const dismissal = { ...gitops, pull_number: pull, review_id: review.id, message: "Go on" };
      await (await as("engineer")).rest.pulls.dismissReview(dismissal);
      assert.match(await refused(mergeAs("developer", pull)), /^405 .*approving review is required/s);
      await close(pull);
    });

    it("an approval by someone who does not own the path", async () => {
      const pull = await propose({
        by: "developer",
        base: "env/prod",
        title: "Four pods",
        files: await moreReplicas(),
      });
      await approve("engineer", pull);
      await conclusion(pull, "validate", "success");
      await conclusion(pull, "four-eyes", "failure");
      assert.match(await refused(mergeAs("developer", pull)), /^405 .*code owner review/s);
      await close(pull);
    });

    it("a change of CODEOWNERS, of a workflow or of a chart without its owner", async () => {
      const title = "Own everything";
      for (const path of [".github/CODEOWNERS", ".github/workflows/bump.yaml", "charts/service/values.yaml"]) {
        const files = { [path]: `${await fileOn("main", path)}# changed\n` };
        const pull = await propose({ by: "developer", base: "main", title, files });
        await conclusion(pull, "validate", "success");
        await approve("approver", pull);
        assert.match(await refused(mergeAs("developer", pull)), /^405 .*code owner review/s);
        await close(pull);
      }
      const owners = { ".github/CODEOWNERS": "* @developer\n" };
      const pull = await propose({ by: "developer", base: "env/prod", title, files: owners });
      assert.match(await refused(mergeAs("developer", pull)), /^405 /);
      await close(pull);
    });

    it("a forged check by CI's token, and a merge into production with it", async () => {
      const pull = await propose({ by: "developer", base: "env/prod", title: "Forged", files: await moreReplicas() });
      const { data } = await (await as("developer")).rest.pulls.get({ ...gitops, pull_number: pull });
      const ci = await withToken(credentials().ciToken);
      const forged = { ...gitops, head_sha: data.head.sha, name: FOUR_EYES, conclusion: "success" as const };
      assert.match(await refused(ci.rest.checks.create(forged)), /^403 /);
      // Everybody with write access can set a status of that name, but the ruleset requires the App's.
      const developer = await as("developer");
      const status = { ...gitops, sha: data.head.sha, context: FOUR_EYES, state: "success" as const };
      await developer.rest.repos.createCommitStatus(status);
      assert.equal(await conclusion(pull, "validate", "success"), "success");
      assert.equal(await conclusion(pull, "four-eyes"), "failure");
      assert.match(await refused(mergeAs("developer", pull)), /^405 .*status check/s);
      assert.match(await refused(ci.rest.pulls.merge({ ...gitops, pull_number: pull })), /^403 /);
      await close(pull);
    });

    it("workflows that CI's token starts by itself, including a bump", async () => {
      const ci = await withToken(credentials().ciToken);
      const { rest } = await as("developer");
      for (const [workflow_id, inputs] of [
        ["promote.yaml", { service: "api", from: "dev", to: "staging", force: "x" }],
        ["rollback.yaml", { service: "api", environment: "prod", reason: "x" }],
        ["bump.yaml", { service: "api", tag: "sha-0a0a0a0" }],
      ] as const) {
        const workflow = { ...gitops, workflow_id };
        const { data: before } = await rest.actions.listWorkflowRuns(workflow);
        await ci.rest.actions.createWorkflowDispatch({ ...workflow, ref: "main", inputs });
        const ended = await until<string | null>(`${workflow_id} to end`, async () => {
          const { data } = await rest.actions.listWorkflowRuns(workflow);
          const [newest] = data.workflow_runs;
          if (!newest || data.total_count === before.total_count) return { waitingFor: "its run" };
          return newest.status === "completed" ? { done: newest.conclusion } : { waitingFor: newest.status ?? "" };
        });
        assert.equal(ended, "failure", workflow_id);
      }
    });

    it("any change with a cluster's credential", async () => {
      const { argocdToken } = credentials();
      await git(argocdToken, "switch", "--quiet", "--create", "side");
      await git(argocdToken, "commit", "--quiet", "--allow-empty", "--message", "x");
      const { all, failed } = await git(argocdToken, "push", "origin", "side");
      assert.ok(failed);
      assert.match(all, /Permission to vaarak\/gitops\.git denied to argocd|403/);
      const argocd = await withToken(argocdToken);
      const ref = { ...gitops, ref: "refs/heads/side", sha: production };
      assert.match(await refused(argocd.rest.git.createRef(ref)), /^40[34] /);
    });
  });

  describe("accepts", () => {
    it("a bump that the service's repository requested, without a person", async () => {
      const tag = `sha-${(await pushCode("Answer")).slice(0, 7)}`;
      await until(`dev's values say ${tag}`, async () => {
        const text = await fileOn("main", "environments/dev/api.yaml");
        return text.includes(tag) ? { done: true } : { waitingFor: "its CI" };
      });
    });

    it("a release after an owner's approval, not the promoter's, and merges it automatically", async () => {
      const before = await apiImage("prod");
      const file = PRODUCTION;
      const values = (await fileOn("main", file)).replace(/tag: "[^"]*"/, 'tag: "sha-0b0b0b0"');
      const staging = "environments/staging/api.yaml";
      const mirrored = (await fileOn("main", staging)).replace(/tag: "[^"]*"/, 'tag: "sha-0b0b0b0"');
      const title = "Promote api sha-0b0b0b0";
      const files = { [file]: values, [staging]: mirrored };
      await merge("approver", await propose({ by: "approver", base: "main", title, files }));
      const pull = await openRelease("api", "sha-0b0b0b0");

      await approve("approver", pull);
      const { rest } = await as("developer");
      await until("four-eyes names the promoter", async () => {
        const { data: head } = await rest.pulls.get({ ...gitops, pull_number: pull });
        const { data } = await rest.checks.listForRef({ ...gitops, ref: head.head.sha, check_name: FOUR_EYES });
        const said = data.check_runs.map(({ output }) => `${output.title ?? ""} ${output.summary ?? ""}`).join(" ");
        return said.includes("approver") ? { done: true } : { waitingFor: said };
      });
      await conclusion(pull, "validate", "success");
      assert.match(await refused(mergeAs("approver", pull)), /^405 .*1 of 2 required status checks are failing/s);
      assert.equal(await tip(), production);
      assert.equal(await apiImage("prod"), before);

      // That approval remains, but blocks nothing.
      const approved = await cli("other-approver", "approve", "api");
      assert.equal(approved.exitCode, 0, approved.all);
      await runs("prod", "sha-0b0b0b0");
      const { data } = await rest.pulls.get({ ...gitops, pull_number: pull });
      assert.equal(data.merged_by?.login, "gitops-release[bot]");
    });

    it("a rollback after an owner's approval", async () => {
      const rolledBack = await cli("developer", "rollback", "api", "--env", "prod", "--reason", "It answers slowly");
      assert.equal(rolledBack.exitCode, 0, rolledBack.all);
      const earlier = /tag: "([^"]*)"/.exec(await fileOn("main", PRODUCTION))?.[1] ?? "none";
      assert.notEqual(earlier, "sha-0b0b0b0");
      await openRelease("api", earlier);
      assert.match(await apiImage("prod"), /sha-0b0b0b0$/);
      const approved = await cli("approver", "approve", "api");
      assert.equal(approved.exitCode, 0, approved.all);
      await runs("prod", earlier);
    });
  });
});
