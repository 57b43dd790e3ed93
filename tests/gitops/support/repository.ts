import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { approversFile } from "../../../components/repository/approvers-file";
import { codeOwnersFile, environmentCodeOwners } from "../../../components/repository/code-owners";
import { firstManifests, readFiles } from "../../../components/repository/content";
import { SIGNERS_PATH } from "../../../components/repository/signers";
import { checkName } from "../../../contract/checks";
import { judge, report as reportVerdict } from "../../../gitops/four-eyes/judge";
import { checkOf } from "../../../gitops/four-eyes/verdict-text";
import { setCheck } from "../../../gitops/github/checks";
import { openReleases, releaseByNumber } from "../../../gitops/github/release-pulls";
import { type Session, withTarget } from "../../../gitops/session";
import { checkResult, report } from "../../../gitops/validate/report";
import { type Validation, validatePullRequest } from "../../../gitops/validate/pull-request";
import { validatedId } from "../../../gitops/release/main-branch";
import { mergeIfApproved } from "../../../gitops/release/merge";
import { failureAsProblem } from "../../../gitops/validate/validate";
import type { SeedInput } from "../../../sandbox/github/domain/access/seed";
import { type Clone, StandIn } from "../../sandbox/github/support";
import { authorizedKey } from "./keys";

/** The release App's id, which the rulesets pin its checks to. */
const RELEASE_APP = 4711;
const REPOSITORY = { owner: "vaarak", repo: "gitops" };

const member = { organizations: { vaarak: "member" as const } };
const user = (login: string) => ({ login, token: `token-of-${login}`, ...member });
const app = (slug: string, id: number, more: Record<string, "read" | "write">) => ({
  slug,
  id,
  token: `token-of-${slug}`,
  permissions: { contents: "write" as const, pull_requests: "write" as const, ...more },
  repositories: ["vaarak/gitops"],
});

const SEED: SeedInput = {
  organizations: [
    {
      login: "vaarak",
      teams: [
        { slug: "approvers", members: ["ann", "art"], repositories: { "vaarak/gitops": "write" } },
        { slug: "platform", members: ["pat", "pia"], repositories: { "vaarak/gitops": "write" } },
        { slug: "developers", members: ["dev", "dora"], repositories: { "vaarak/gitops": "write" } },
      ],
    },
  ],
  users: [
    { ...user("owner"), organizations: { vaarak: "admin" } },
    ...["ann", "art", "pat", "pia", "dev", "dora"].map(user),
  ],
  apps: [
    app("bump-app", 4710, {}),
    // A bot of others.
    app("renovate", 2740, { workflows: "write" }),
    // What any workflow of the repository acts as.
    app("github-actions", 15368, { checks: "write" }),
    {
      ...app("release-app", RELEASE_APP, { checks: "write", deployments: "read", members: "read" }),
      // What the job that sets `validate` asks for.
      tokens: [{ token: "token-of-release-app-checks", permissions: { checks: "write" } }],
    },
  ],
};

/** What a branch asks for, as the platform sets it up. */
const rules = (branch: string, approvals: number, ...checks: string[]) => ({
  ...REPOSITORY,
  name: branch,
  target: "branch" as const,
  enforcement: "active" as const,
  conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
  rules: [
    { type: "deletion" as const },
    { type: "non_fast_forward" as const },
    {
      type: "pull_request" as const,
      parameters: {
        required_approving_review_count: approvals,
        dismiss_stale_reviews_on_push: true,
        require_code_owner_review: true,
        require_last_push_approval: approvals > 0,
        required_review_thread_resolution: false,
      },
    },
    {
      type: "required_status_checks" as const,
      parameters: {
        required_status_checks: checks.map((context) => ({ context, integration_id: RELEASE_APP })),
        strict_required_status_checks_policy: false,
        do_not_enforce_on_create: true,
      },
    },
  ],
});

/** What keeps the records of releases, as the platform sets it up. */
const RECORDS = {
  ...REPOSITORY,
  name: "release/**/*",
  target: "tag" as const,
  enforcement: "active" as const,
  conditions: { ref_name: { include: ["refs/tags/release/**/*"], exclude: [] } },
  rules: [{ type: "deletion" as const }, { type: "non_fast_forward" as const }, { type: "update" as const }],
};

/** The platform's GitOps repository on the stand-in, with its content, its protections and its two Apps. */
export class GitopsRepository extends StandIn {
  /** The release App's private key. */
  readonly key = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });

  /** @param services Those that `env/prod` has manifests of from the beginning. */
  constructor(private readonly services: readonly string[] = ["api"]) {
    super(SEED);
  }

  /** Starts, and makes the repository; its rules stand when this returns. */
  override async start(): Promise<void> {
    await super.start();
    const owner = this.octokit("owner");
    await owner.rest.repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
    await owner.rest.repos.update({ ...REPOSITORY, delete_branch_on_merge: true });
    const clone = await this.clone("owner");
    const owners = codeOwnersFile("main", [{ pattern: "/charts/", owners: ["vaarak/platform"] }]);
    const signers = { path: SIGNERS_PATH, text: `gitops-release namespaces="git" ${authorizedKey(this.key)}\n` };
    await commit(clone, "Begin", [...readFiles(), owners, signers, approversFile({ prod: ["vaarak/approvers"] })]);
    await clone.git("push", "--quiet", "origin", "main");
    await clone.git("checkout", "--quiet", "-b", "env/prod");
    await commit(clone, "Make the approvers own env/prod", [
      codeOwnersFile("env/prod", environmentCodeOwners(["vaarak/approvers"])),
      ...firstManifests("prod", { owner: "vaarak", services: this.services }),
    ]);
    await clone.git("push", "--quiet", "origin", "env/prod");
    await owner.rest.repos.createRepoRuleset(rules("main", 0, checkName("validate", "main")));
    await owner.rest.repos.createRepoRuleset(
      rules("env/prod", 1, checkName("validate", "env/prod"), checkName("four-eyes", "env/prod")),
    );
    await owner.rest.repos.createRepoRuleset(RECORDS);
  }

  /** Runs something as a command of somebody: of an App as in its workflow. */
  async as<T>(login: string, work: (session: Session) => Promise<T>): Promise<T> {
    const bot = login.endsWith("-app") ? `${login}[bot]` : "";
    const before = process.env.GITOPS_BOT;
    process.env.GITOPS_BOT = bot;
    const target = { owner: "vaarak", name: "gitops", server: this.url, api: `${this.url}/api/v3` };
    try {
      return await withTarget({ ...target, token: `token-of-${login}` }, work);
    } finally {
      if (before === undefined) delete process.env.GITOPS_BOT;
      else process.env.GITOPS_BOT = before;
    }
  }

  /**
   * A commit on top of a branch, pushed and asked for by somebody. Null deletes a file. Returns the pull request's
   * number.
   */
  async propose(login: string, base: string, head: string, message: string, files: Files): Promise<number> {
    const clone = await this.clone(login);
    await clone.git("checkout", "--quiet", "-B", head, `origin/${base}`);
    await commit(
      clone,
      message,
      Object.entries(files).map(([path, text]) => ({ path, text })),
    );
    await clone.git("push", "--quiet", "--force", "origin", head);
    const [title = ""] = message.split("\n");
    return (await this.octokit(login).rest.pulls.create({ ...REPOSITORY, title, head, base })).data.number;
  }

  /** Lets a pull request into `main`, as the workflows do. */
  async land(number: number, owner?: string): Promise<void> {
    await this.validate(number);
    if (owner !== undefined) await this.approve(owner, number);
    await this.octokit("bump-app").rest.pulls.merge({ ...REPOSITORY, pull_number: number, merge_method: "merge" });
  }

  /** What `bump-app` promotes to production for somebody lands on `main`. Returns its number. */
  async promote(login: string, tag: string, file = "environments/prod/api.yaml"): Promise<number> {
    const text = (await this.show("main", file)).replace(/tag: "[^"]*"/, `tag: "${tag}"`);
    const message = `Promote api ${tag} from staging to prod\n\nService: api\nPromoted-From: staging\nRequested-By: @${login}`;
    const number = await this.propose("bump-app", "main", "promote/api-to-prod", message, { [file]: text });
    await this.land(number);
    return number;
  }

  /** Sets the check `validate` as the workflow does, and returns its report. */
  async validate(number: number): Promise<string> {
    return this.as("release-app", async (session) => {
      const { head, base } = await this.pull(number);
      let found: Validation | undefined;
      const failed = await failureAsProblem(async () => {
        found = await validatePullRequest(session, { number, sha: head.sha, base: base.ref });
        return [];
      });
      const problems = found?.problems ?? failed;
      const text = report(problems);
      const result = checkResult(problems.length === 0 ? "success" : "failure", text);
      const externalId = validatedId({ number, base: found?.base ?? "", head: head.sha });
      await setCheck(session, checkName("validate", base.ref), head.sha, { ...result, externalId });
      return text;
    });
  }

  /** Says that a pull request is valid as it stands, without looking, for tests that have no Helm. */
  async sayValid(number: number): Promise<void> {
    await this.as("release-app", async (session) => {
      const { head, base } = await this.pull(number);
      const tip = await session.clone.git("rev-parse", `refs/remotes/origin/${base.ref}`);
      const externalId = validatedId({ number, base: tip, head: head.sha });
      const valid = { conclusion: "success" as const, title: "Valid", summary: "", externalId };
      await setCheck(session, checkName("validate", base.ref), head.sha, valid);
    });
  }

  /** Merges a pull request into an environment's branch as the workflow Release does, where it may be. */
  async mergeApproved(number: number, isUnit = true) {
    return this.as("release-app", (session) => mergeIfApproved(session, number, isUnit));
  }

  /** Judges four-eyes as the workflow does, on one or all. Returns what was found of the last. */
  async fourEyes(number?: number) {
    return this.as("release-app", async (session) => {
      const one = number === undefined ? undefined : await releaseByNumber(session, number);
      const pulls = one ? [one] : await openReleases(session);
      let verdict: Awaited<ReturnType<typeof judge>> | undefined;
      for (const pull of pulls) {
        verdict = await judge(session, pull);
        await reportVerdict(session, pull, verdict);
      }
      return verdict && { ...verdict, ...checkOf(verdict, "") };
    });
  }

  async approve(login: string, pull_number: number): Promise<number> {
    const review = { ...REPOSITORY, pull_number, event: "APPROVE" as const };
    return (await this.octokit(login).rest.pulls.createReview(review)).data.id;
  }

  async dismiss(pull_number: number, review_id: number): Promise<void> {
    const request = { ...REPOSITORY, pull_number, review_id, message: "Had a part in it" };
    await this.octokit("owner").rest.pulls.dismissReview(request);
  }

  async pull(pull_number: number) {
    return (await this.octokit("owner").rest.pulls.get({ ...REPOSITORY, pull_number })).data;
  }

  /** A file's text on a branch. */
  async show(branch: string, path: string): Promise<string> {
    const clone = await this.clone("owner");
    return `${await clone.git("show", `origin/${branch}:${path}`)}\n`;
  }
}

/** Path → text; null deletes the file. */
type Files = Readonly<Record<string, string | null>>;

async function commit(clone: Clone, message: string, files: readonly { path: string; text: string | null }[]) {
  for (const { path, text } of files) {
    const file = join(clone.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    if (text === null) rmSync(file);
    else writeFileSync(file, text);
  }
  await clone.git("add", "--all", ".");
  await clone.git("commit", "--quiet", "-m", message);
}
