import { connect } from "../../gitops/github/client";
import { type Session, withTarget } from "../../gitops/session";
import { Waiting } from "../../gitops/polling";
import type { ActionsOptions } from "../../sandbox/github/actions/actions";
import type { SeedInput } from "../../sandbox/github/domain/access/seed";
import { until } from "../../sandbox/until";
import { StandIn } from "../sandbox/github/support";
import { commit } from "../sandbox/github/protected";

/** The repository of these tests. */
export const repository = { owner: "vaarak", repo: "gitops" };

const RELEASE_APP = 4712;
const member = { organizations: { vaarak: "member" as const } };
const token = (login: string) => ({ login, token: `token-of-${login}` });

const SEED: SeedInput = {
  organizations: [
    { login: "vaarak", teams: [{ slug: "platform", members: ["pat"], repositories: { "vaarak/gitops": "write" } }] },
  ],
  users: [
    { ...token("owner"), organizations: { vaarak: "admin" } },
    { ...token("pat"), ...member },
  ],
  apps: [
    app("bump", 4711, { contents: "write", pull_requests: "write", checks: "read", deployments: "read" }),
    app("release", RELEASE_APP, {
      contents: "write",
      pull_requests: "write",
      checks: "write",
      deployments: "read",
      members: "read",
    }),
    app("argocd", 4713, { contents: "read", deployments: "write" }),
  ],
};

function app(slug: string, id: number, permissions: NonNullable<SeedInput["apps"]>[number]["permissions"]) {
  return { slug, id, token: `token-of-${slug}`, permissions, repositories: ["vaarak/gitops"] };
}

/** What a check says of a pull request, by its branch and its newest commit; undefined: nothing yet. */
export type Judge = (branch: string, head: string) => Conclusion | Promise<Conclusion>;
type Conclusion = "success" | "failure" | undefined;

/** A GitOps repository with the platform's rules for `main`, and a `validate` that somebody reports. */
export class GitOpsRepository extends StandIn {
  private judging: Promise<void> | undefined;
  private stopped = false;

  /**
   * @param more Further parts of the seed, such as limits.
   * @param actions How workflows are run. Default: none is.
   */
  constructor(more: Partial<SeedInput> = {}, actions?: ActionsOptions) {
    super({ ...SEED, ...more }, actions);
  }

  /** Makes the repository with files on `main`, and its rules. */
  async make(files: Record<string, string>): Promise<void> {
    await this.start();
    const { rest } = this.octokit("owner");
    await rest.repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
    await rest.repos.update({ ...repository, delete_branch_on_merge: true });
    await this.commit("First content", files);
    await rest.repos.createRepoRuleset({
      ...repository,
      name: "main",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [
        { type: "deletion" },
        { type: "non_fast_forward" },
        {
          type: "pull_request",
          parameters: {
            required_approving_review_count: 0,
            dismiss_stale_reviews_on_push: true,
            require_code_owner_review: true,
            require_last_push_approval: false,
            required_review_thread_resolution: false,
            allowed_merge_methods: ["merge", "squash"],
          },
        },
        {
          type: "required_status_checks",
          parameters: {
            required_status_checks: [{ context: "validate", integration_id: RELEASE_APP }],
            strict_required_status_checks_policy: false,
          },
        },
      ],
    });
  }

  /** Pushes a commit to a branch as its owner. Only before the rules stand, where it is `main`. Returns the commit. */
  async commit(message: string, files: Record<string, string>, branch = "main"): Promise<string> {
    const clone = await this.clone("owner");
    await clone.git("checkout", "--quiet", "-B", branch);
    await commit(clone, message, files);
    await clone.git("push", "--quiet", "origin", branch);
    return clone.git("rev-parse", "HEAD");
  }

  /** Reports `validate` on every open pull request, as the workflow would, until the end. */
  judge(judge: Judge = () => "success"): void {
    this.judging = this.judgeAll(judge);
  }

  private async judgeAll(judge: Judge): Promise<void> {
    const { rest } = this.octokit("release");
    const judged = new Set<string>();
    while (!this.stopped) {
      const { data } = await rest.pulls.list({ ...repository, state: "open" });
      for (const { head } of data) {
        if (judged.has(head.sha)) continue;
        const conclusion = await judge(head.ref, head.sha);
        if (conclusion === undefined) continue;
        judged.add(head.sha);
        const output = {
          title: `${conclusion} of ${head.ref}`,
          summary: "environments/dev/api.yaml: said by validate",
        };
        const run = { name: "validate", head_sha: head.sha, status: "completed" as const, conclusion, output };
        await rest.checks.create({ ...repository, ...run });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  override async remove(): Promise<void> {
    this.stopped = true;
    await this.judging;
    await super.remove();
  }

  /** A file on a branch. */
  async read(path: string, ref = "main"): Promise<string> {
    const { data } = await this.octokit("owner").rest.repos.getContent({ ...repository, path, ref });
    if (!("content" in data)) throw new Error(`${path}: no file`);
    return Buffer.from(data.content, "base64").toString();
  }

  /** Commit messages of a branch by its first parents, newest first. */
  async log(branch = "main", ...options: string[]): Promise<string[]> {
    const clone = await this.clone("owner");
    const log = await clone.git("log", "--first-parent", "--format=%B%x00", ...options, `origin/${branch}`);
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

  /** Runs a command's work as the bump App, without the pauses that GitHub's limits would ask for. */
  async as<T>(work: (session: Session, waiting: Waiting) => Promise<T>, options: RunOptions = {}): Promise<T> {
    const { login = "bump", timeout = 60_000, throttled = false, said = [] } = options;
    const target = { ...repository, name: "gitops", server: this.url, api: `${this.url}/api/v3` };
    return withTarget({ ...target, token: `token-of-${login}` }, (session) => {
      const say = (text: string) => void said.push(text);
      const github = throttled ? connect(session.target, say) : (this.octokit(login) as Session["github"]);
      const identity = { name: `${login}[bot]`, email: `${login}@example.com` };
      const bot = SEED.apps?.some(({ slug }) => slug === login) ? identity.name : undefined;
      const who = () => Promise.resolve({ identity, requestedBy: ["dora"], bot });
      return work(
        { ...session, github, say, who },
        new Waiting(say, { timeout, ...(!throttled && { first: 50, longest: 400 }) }),
      );
    });
  }
}

/** How a command is run. */
export interface RunOptions {
  /** By whose token. Default: the bump App's. */
  login?: string;
  /** Milliseconds. Default: a minute. */
  timeout?: number;
  /** Whether it keeps GitHub's limits, and pauses as commands do. Default: no. */
  throttled?: boolean;
  /** Gets what it says. */
  said?: string[];
}

/** A service's values. */
export function values(tag: string, service = "api"): string {
  return `# ${service}\nimage:\n  repository: ghcr.io/vaarak/${service}\n  tag: "${tag}" # Updated by CI pipeline\n`;
}
