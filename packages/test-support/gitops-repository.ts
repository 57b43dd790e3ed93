import { generateKeyPairSync } from "node:crypto";
import { checkName } from "@gitops-platform/contract/checks";
import { graph as declared } from "@gitops-platform/environments/environments";
import { judge, reportVerdict } from "@gitops-platform/gitops/four-eyes/judge";
import { checkOf } from "@gitops-platform/gitops/four-eyes/verdict";
import { setCheck } from "@gitops-platform/gitops/github/checks";
import { connect } from "@gitops-platform/gitops/github/client";
import { openReleases, releaseByNumber } from "@gitops-platform/gitops/github/release-pulls";
import { readInvocation } from "@gitops-platform/gitops/identity";
import { type Session, withTarget } from "@gitops-platform/gitops/session";
import { type Validation, validatePullRequest } from "@gitops-platform/gitops/validate/pull-request";
import { mergeIfApproved, validatedId } from "@gitops-platform/gitops/release/merge";
import { checkResult, report } from "@gitops-platform/gitops/validate/report";
import { failureAsProblem } from "@gitops-platform/gitops/validate/validate";
import { Waiting } from "@gitops-platform/gitops/polling";
import type { ActionsOptions } from "@gitops-platform/github-stand-in/actions/actions";
import type { SeedInput } from "@gitops-platform/github-stand-in/domain/access/seed";
import { until } from "@gitops-platform/clients/until";
import type { Files } from "@gitops-platform/github-stand-in/tests/protected";
import { git, StandIn } from "@gitops-platform/github-stand-in/tests/support";
import { copyOf, type FolderCopy, writeCopy } from "./folder-copy";
import { authorizedKey } from "./keys";
import { ACCOUNTS, accountsWith } from "./platform-accounts";
import { type Content, writeContent } from "./platform-content";
import { Pushes } from "./pushes";

/** The repository of the tests. */
export const repository = { owner: "vaarak", repo: "gitops" };

const KEY = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "pkcs1", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

/** The data of stand-ins that were made in this process, by what they were made of: most tests want the same. */
const MADE = new Map<string, FolderCopy>();

/** The result of a check of a pull request, by its branch and its newest commit; undefined: none yet. */
export type Judge = (branch: string, head: string) => Conclusion | Promise<Conclusion>;
type Conclusion = "success" | "failure" | undefined;

/**
 * The platform's GitOps repository on the stand-in. Its content, code owners and rulesets are those that the program
 * creates; only the bundle of `gitops` is missing, which nothing but workflows runs.
 */
export class GitopsRepository extends StandIn {
  /** The release App's private key. */
  readonly key = KEY;
  /** The environments, which commands are given. */
  private graph = declared;
  private readonly pushes = new Pushes(this);
  private judging: Promise<void> | undefined;
  private stopped = false;
  private readonly isCopied: boolean;

  /**
   * @param more Further accounts, or limits.
   * @param actions How workflows are run. Default: none is.
   */
  constructor(more: Partial<SeedInput> = {}, actions?: ActionsOptions) {
    super(accountsWith(more), actions);
    this.isCopied = actions === undefined;
  }

  /** Starts, and creates the repository; its rules are active when this returns. */
  async make(content: Content = {}): Promise<void> {
    this.graph = content.graph ?? declared;
    const recipe = JSON.stringify([this.seed, content]);
    const made = this.isCopied ? MADE.get(recipe) : undefined;
    if (made) {
      writeCopy(made, this.data);
      await this.start();
      return;
    }
    await this.create(content);
    if (!this.isCopied) return;
    // Everything is on disk only once it is stopped.
    await this.stop();
    MADE.set(recipe, copyOf(this.data));
    await this.start();
  }

  private async create(content: Content): Promise<void> {
    await this.makeEmpty();
    const rulesets = await writeContent(await this.clone("owner"), authorizedKey(this.key), content);
    for (const ruleset of rulesets) {
      await this.octokit("owner").request("POST /repos/{owner}/{repo}/rulesets", { ...repository, ...ruleset });
    }
  }

  /** Starts, and creates the repository as GitHub makes one: with a README, and without rules. */
  async makeEmpty(): Promise<void> {
    await this.start();
    const { repos } = this.octokit("owner").rest;
    await repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
    await repos.update({ ...repository, delete_branch_on_merge: true });
  }

  /** Disables rulesets by name, as an owner of the organisation can. Returns what enables them again. */
  async disable(...names: string[]): Promise<() => Promise<void>> {
    const { repos } = this.octokit("owner").rest;
    const { data } = await repos.getRepoRulesets(repository);
    const set = async (enforcement: "active" | "disabled") => {
      for (const { id } of data.filter(({ name }) => names.includes(name))) {
        await repos.updateRepoRuleset({ ...repository, ruleset_id: id, enforcement });
      }
    };
    await set("disabled");
    return () => set("active");
  }

  /** Runs something as a command of somebody: of an App as in its workflow. */
  async as<T>(login: string, work: (session: Session) => Promise<T>): Promise<T> {
    const bot = ["bump", "release"].includes(login) ? `${login}[bot]` : undefined;
    const target = { owner: "vaarak", name: "gitops", server: this.url, api: `${this.url}/api/v3` };
    return withTarget({ ...target, token: `token-of-${login}` }, { ...readInvocation(process.env), bot }, (session) =>
      work({ ...session, graph: this.graph }),
    );
  }

  /** Runs the work of a command that changes versions, as the bump App, without the pauses of GitHub's limits. */
  async change<T>(work: (session: Session, waiting: Waiting) => Promise<T>, options: ChangeOptions = {}): Promise<T> {
    const { login = "bump", timeout = 60_000, throttled = false, said = [] } = options;
    const target = { ...repository, name: "gitops", server: this.url, api: `${this.url}/api/v3` };
    return withTarget({ ...target, token: `token-of-${login}` }, readInvocation({}), (session) => {
      const log = (text: string) => void said.push(text);
      const github = throttled ? connect(session.target, log) : (this.octokit(login) as Session["github"]);
      const identity = { name: `${login}[bot]`, email: `${login}@example.com` };
      const bot = ACCOUNTS.apps?.some(({ slug }) => slug === login) ? identity.name : undefined;
      const actor = () => Promise.resolve({ identity, requestedBy: ["dora"] });
      return work(
        { ...session, graph: this.graph, bot, github, log, actor },
        new Waiting(log, { timeout, ...(!throttled && { first: 50, longest: 400 }) }),
      );
    });
  }

  /** Pushes a commit to a branch as the owner. A branch with rules refuses it. Returns the commit. */
  async commit(message: string, files: Files, branch = "main"): Promise<string> {
    return this.pushes.push({ login: "owner", from: "main", to: branch, message, files });
  }

  /** Pushes a commit on top of a branch to another one. Null deletes a file. */
  async push(login: string, from: string, to: string, files: Files, message = `Change ${to}`): Promise<void> {
    await this.pushes.push({ login, from, to, message, files, options: ["--force"] });
  }

  /** Opens a pull request. Returns its number. */
  async request(login: string, head: string, base: string, title = head): Promise<number> {
    return (await this.octokit(login).rest.pulls.create({ ...repository, title, head, base })).data.number;
  }

  /** Pushes a commit on top of a branch, and opens a pull request into it. Returns its number. */
  async propose(login: string, base: string, head: string, message: string, files: Files): Promise<number> {
    await this.push(login, base, head, files, message);
    return this.request(login, head, base, message.split("\n")[0]);
  }

  /** Lets a pull request into `main`, as the workflows do. */
  async land(number: number, owner?: string): Promise<void> {
    await this.validate(number);
    if (owner !== undefined) await this.approve(owner, number);
    await this.merge("bump", number);
  }

  async merge(login: string, pull_number: number): Promise<void> {
    await this.octokit(login).rest.pulls.merge({ ...repository, pull_number, merge_method: "merge" });
  }

  /** What `bump` promotes to production for somebody lands on `main`. Returns its number. */
  async promote(login: string, tag: string, file = "environments/prod/api.yaml"): Promise<number> {
    const text = (await this.read(file)).replace(/tag: "[^"]*"/, `tag: "${tag}"`);
    const trailers = `Service: api\nPromoted-From: staging\nRequested-By: @${login}`;
    const message = `Promote api ${tag} from staging to prod\n\n${trailers}`;
    const number = await this.propose("bump", "main", "promote/api-to-prod", message, { [file]: text });
    await this.land(number);
    return number;
  }

  /** Sets the check `validate` as the workflow does, and returns its report. */
  async validate(number: number): Promise<string> {
    return this.as("release", async (session) => {
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
    const { head, base } = await this.pull(number);
    const externalId = validatedId({ number, base: await this.pushes.tip(base.ref), head: head.sha });
    const valid = { conclusion: "success" as const, title: "Valid", summary: "", externalId };
    const github = this.octokit("release") as Session["github"];
    await setCheck({ github, repository }, checkName("validate", base.ref), head.sha, valid);
  }

  /** Merges a pull request into an environment's branch as the workflow Release does, where it may be. */
  async mergeApproved(number: number, isUnit = true) {
    return this.as("release", (session) => mergeIfApproved(session, number, isUnit));
  }

  /** Judges four-eyes as the workflow does, on one or all. Returns what was found of the last. */
  async fourEyes(number?: number) {
    return this.as("release", async (session) => {
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
    const review = { ...repository, pull_number, event: "APPROVE" as const };
    return (await this.octokit(login).rest.pulls.createReview(review)).data.id;
  }

  async dismiss(pull_number: number, review_id: number): Promise<void> {
    const request = { ...repository, pull_number, review_id, message: "Had a part in it" };
    await this.octokit("owner").rest.pulls.dismissReview(request);
  }

  async pull(pull_number: number) {
    return (await this.octokit("owner").rest.pulls.get({ ...repository, pull_number })).data;
  }

  /** Sets the check `validate` of every open pull request, as the workflow would, until the end. */
  judge(judge: Judge = () => "success"): void {
    this.judging = this.judgeAll(judge);
  }

  private async judgeAll(judge: Judge): Promise<void> {
    const { rest } = this.octokit("release");
    const judged = new Set<string>();
    while (!this.stopped) {
      const { data } = await rest.pulls.list({ ...repository, state: "open" });
      for (const { head, base } of data) {
        if (judged.has(head.sha)) continue;
        const conclusion = await judge(head.ref, head.sha);
        if (conclusion === undefined) continue;
        judged.add(head.sha);
        const output = {
          title: `${conclusion} of ${head.ref}`,
          summary: "environments/dev/api.yaml: said by validate",
        };
        const run = { name: checkName("validate", base.ref), head_sha: head.sha, status: "completed" as const };
        await rest.checks.create({ ...repository, ...run, conclusion, output });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  override async remove(): Promise<void> {
    this.stopped = true;
    await this.judging;
    await super.remove();
  }

  /** Commit messages of a branch by its first parents, newest first. */
  async log(branch = "main", ...options: string[]): Promise<string[]> {
    const format = "--format=%B%x00";
    const log = await git(
      await this.pushes.bare(),
      "log",
      "--first-parent",
      format,
      ...options,
      `refs/heads/${branch}`,
    );
    return log
      .split("\0")
      .map((message) => message.trim())
      .filter((message) => message !== "");
  }

  /** Every pull request, oldest first. */
  async pulls() {
    const { data } = await this.octokit("owner").rest.pulls.list({ ...repository, state: "all", per_page: 100 });
    return data.reverse();
  }

  /** Waits for an open pull request of a branch. Returns its number. */
  async openPull(branch: string): Promise<number> {
    return until<number>(`a pull request of ${branch}`, async () => {
      const found = (await this.pulls()).find((pull) => pull.state === "open" && pull.head.ref === branch);
      return found ? { done: found.number } : { waitingFor: "the command" };
    });
  }

  /** A file on a branch, read through the API. */
  async read(path: string, ref = "main"): Promise<string> {
    const { data } = await this.octokit("owner").rest.repos.getContent({ ...repository, path, ref });
    if (!("content" in data)) throw new Error(`${path}: no file`);
    return Buffer.from(data.content, "base64").toString();
  }
}

/** How a command is run. */
export interface ChangeOptions {
  /** The account whose token it has. Default: the bump App's. */
  login?: string;
  /** Milliseconds. Default: a minute. */
  timeout?: number;
  /** Whether it respects GitHub's limits, and pauses as commands do. Default: no. */
  throttled?: boolean;
  /** Receives what it prints. */
  said?: string[];
}

/** A service's values, as short as possible. */
export function values(tag: string, service = "api"): string {
  return `# ${service}\nimage:\n  repository: ghcr.io/vaarak/${service}\n  tag: "${tag}" # Updated by CI pipeline\n`;
}
