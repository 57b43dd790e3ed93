import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Octokit } from "@octokit/rest";
import type { ActionsOptions } from "../actions/actions";
import type { SeedInput } from "../domain/access/seed";
import { base64, type Clone, StandIn } from "./support";

/** The repository of these tests. */
export const gitops = { owner: "vaarak", repo: "gitops" };
/** The App whose `validate` production requires. */
export const PLATFORM_APP = 4711;

const member = { organizations: { vaarak: "member" as const } };
const token = (login: string) => ({ login, token: `token-of-${login}` });

/** Owners, approvers, developers, a reader, a program that bumps, one that releases, and GitHub Actions. */
export const PEOPLE: SeedInput = {
  organizations: [
    {
      login: "vaarak",
      teams: [
        { slug: "approvers", members: ["ann", "art"], repositories: { "vaarak/gitops": "write" } },
        { slug: "platform", members: ["pat", "pia"], repositories: { "vaarak/gitops": "write" } },
        { slug: "developers", members: ["dev", "dora"], repositories: { "vaarak/gitops": "write" } },
        { slug: "readers", members: ["rita"], repositories: { "vaarak/gitops": "read" } },
      ],
    },
  ],
  users: [
    { ...token("owner"), organizations: { vaarak: "admin" } },
    ...["ann", "art", "pat", "pia", "dora", "rita"].map((login) => ({ ...token(login), ...member })),
    {
      ...token("dev"),
      ...member,
      tokens: [
        { token: "token-of-dev-limited", permissions: { contents: "write" }, repositories: ["vaarak/gitops"] },
        { token: "token-of-dev-cluster", permissions: { contents: "read" }, repositories: ["vaarak/gitops"] },
      ],
    },
  ],
  apps: [
    {
      slug: "platform-app",
      id: PLATFORM_APP,
      token: "token-of-platform-app",
      permissions: { contents: "write", pull_requests: "write", checks: "write", statuses: "write" },
      repositories: ["vaarak/gitops"],
    },
    {
      slug: "ci-app",
      token: "token-of-ci-app",
      permissions: { contents: "write", pull_requests: "write", checks: "write", statuses: "write" },
      repositories: ["vaarak/*"],
      tokens: [
        { token: "token-of-ci-app-reading", permissions: { contents: "read" } },
        { token: "token-of-ci-app-members", permissions: { members: "read" } },
      ],
    },
    {
      slug: "github-actions",
      token: "token-of-actions",
      permissions: { contents: "write", pull_requests: "write", checks: "write", statuses: "write" },
      repositories: ["vaarak/gitops"],
    },
  ],
};

/**
 * Rules that use much of what GitHub enforces. They are not the platform's, which
 * test-support/gitops-repository.ts has: these tests are about GitHub.
 */
export const PRODUCTION = {
  name: "production",
  target: "branch" as const,
  enforcement: "active" as const,
  conditions: { ref_name: { include: ["refs/heads/env/*"], exclude: [] } },
  rules: [
    { type: "deletion" as const },
    { type: "non_fast_forward" as const },
    {
      type: "pull_request" as const,
      parameters: {
        required_approving_review_count: 1,
        dismiss_stale_reviews_on_push: true,
        require_code_owner_review: true,
        require_last_push_approval: true,
        required_review_thread_resolution: true,
      },
    },
    {
      type: "required_status_checks" as const,
      parameters: {
        required_status_checks: [{ context: "validate", integration_id: PLATFORM_APP }],
        strict_required_status_checks_policy: false,
        do_not_enforce_on_create: true,
      },
    },
  ],
};

const FILES = {
  main: {
    ".github/CODEOWNERS": "/charts/ @vaarak/platform\n/.github/ @vaarak/platform\n/environments/\n",
    ".github/workflows/validate.yaml": "name: validate\n",
    "charts/service/Chart.yaml": "name: service\n",
    "environments/prod/api.yaml": "image:\n  tag: sha-1111111\n",
  },
  "env/prod": { ".github/CODEOWNERS": "* @vaarak/approvers\n/.github/ @vaarak/platform\n" },
};

/** A repository with two protected branches, `main` and `env/prod`. */
export class Protected extends StandIn {
  constructor(seed = PEOPLE, actions?: ActionsOptions) {
    super(seed, actions);
  }

  /** Creates the repository. The `rules` are active when it returns. */
  async set(): Promise<Octokit> {
    const owner = this.octokit("owner");
    await owner.rest.repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
    const clone = await this.clone("owner");
    await commit(clone, "First content", FILES.main);
    await clone.git("push", "--quiet", "origin", "main");
    await clone.git("checkout", "--quiet", "-b", "env/prod");
    await commit(clone, "First production", FILES["env/prod"]);
    await clone.git("push", "--quiet", "origin", "env/prod");
    await owner.rest.repos.createRepoRuleset({ ...gitops, ...PRODUCTION });
    await owner.rest.repos.createRepoRuleset({
      ...gitops,
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
          },
        },
      ],
    });
    return owner;
  }

  /** Opens a release: a branch on top of `env/prod`, pushed by an account. Returns its number. */
  async release(login: string, branch: string, files: Record<string, string> = {}): Promise<number> {
    const path = "environments/prod/api.yaml";
    await this.push(login, "env/prod", branch, { [path]: `tag: ${branch}\n`, ...files });
    return this.request(login, branch, "env/prod");
  }

  /** Pushes a commit on a branch (created from `from`) as an account. */
  async push(login: string, from: string, branch: string, files: Record<string, string>): Promise<Clone> {
    const clone = await this.clone(login);
    await clone.git("checkout", "--quiet", "-B", branch, `origin/${from}`);
    await commit(clone, `Change ${branch}`, files);
    await clone.git("push", "--quiet", "origin", branch);
    return clone;
  }

  /** Opens a pull request. Returns its number. */
  async request(login: string, head: string, base: string): Promise<number> {
    const { data } = await this.octokit(login).rest.pulls.create({ ...gitops, title: head, head, base });
    return data.number;
  }

  approve(login: string, pull_number: number) {
    return this.octokit(login).rest.pulls.createReview({ ...gitops, pull_number, event: "APPROVE" });
  }

  merge(login: string, pull_number: number, merge_method: "merge" | "squash" | "rebase" = "merge") {
    return this.octokit(login).rest.pulls.merge({ ...gitops, pull_number, merge_method });
  }

  async pull(pull_number: number) {
    return (await this.octokit("owner").rest.pulls.get({ ...gitops, pull_number })).data;
  }

  /** Reports the check that production requires on a pull request's head. */
  async validate(pull_number: number, login = "platform-app", conclusion: "success" | "failure" = "success") {
    const { head } = await this.pull(pull_number);
    const checks = this.octokit(login).rest.checks;
    return checks.create({ ...gitops, name: "validate", head_sha: head.sha, status: "completed", conclusion });
  }

  write(login: string, branch: string, path = "written.txt") {
    const content = base64(`by ${login}\n`);
    return this.octokit(login).rest.repos.createOrUpdateFileContents({
      ...gitops,
      branch,
      path,
      message: "w",
      content,
    });
  }
}

/** Path → text; null deletes the file. */
export type Files = Readonly<Record<string, string | null>>;

/** Commits files in a clone. */
export async function commit(clone: Clone, message: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(clone.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    if (text === null) rmSync(file);
    else writeFileSync(file, text);
  }
  await clone.git("add", "--all", ".");
  await clone.git("commit", "--quiet", "--allow-empty", "-m", message);
}
