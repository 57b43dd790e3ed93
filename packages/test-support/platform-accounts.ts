import { PLATFORM_APPS } from "@gitops-platform/contract/apps";
import type { SeedInput } from "@gitops-platform/github-stand-in/domain/access/seed";

/** The ids of the platform's Apps. The rulesets pin the checks to the release App. */
export const BUMP_APP = 4711;
export const RELEASE_APP = 4712;

type User = SeedInput["users"][number];
type App = NonNullable<SeedInput["apps"]>[number];

const member = { organizations: { vaarak: "member" as const } };
const user = (login: string): User => ({ login, token: `token-of-${login}`, ...member });
const team = (slug: string, members: string[], right: "read" | "write" = "write") => ({
  ...{ slug, members },
  repositories: { "vaarak/gitops": right },
});
const app = (slug: string, id: number, permissions: App["permissions"]): App => ({
  ...{ slug, id, token: `token-of-${slug}`, permissions },
  repositories: ["vaarak/gitops"],
});
const WRITE = { contents: "write" as const, pull_requests: "write" as const };

/** The people, teams and Apps around a GitOps repository. The token of each is `token-of-<login>`. */
export const ACCOUNTS: SeedInput = {
  organizations: [
    {
      login: "vaarak",
      teams: [
        team("approvers", ["ann", "art"]),
        team("platform", ["pat", "pia"]),
        team("developers", ["dev", "dora"]),
        team("readers", ["rita"], "read"),
      ],
    },
  ],
  users: [
    { ...user("owner"), organizations: { vaarak: "admin" } },
    ...["ann", "art", "pat", "pia", "dev", "dora", "rita"].map(user),
  ],
  apps: [
    {
      ...app("bump", BUMP_APP, PLATFORM_APPS.bump.permissions),
      tokens: [{ token: "token-of-bump-reading", permissions: { contents: "read" } }],
    },
    {
      ...app("release", RELEASE_APP, PLATFORM_APPS.release.permissions),
      // What the job that sets `validate` requests.
      tokens: [{ token: "token-of-release-checks", permissions: { checks: "write" } }],
    },
    app("argocd", 4713, { contents: "read", deployments: "write" }),
    // A bot of others.
    app("renovate", 2740, { ...WRITE, workflows: "write" }),
    // What any workflow of the repository acts as.
    app("github-actions", 15368, { ...WRITE, checks: "write", deployments: "write" }),
  ],
};

/** The accounts with more of them, or with others of the same names. */
export function accountsWith({ users = [], apps = [], ...more }: Partial<SeedInput>): SeedInput {
  const without = (names: readonly string[]) => (name: string) => !names.includes(name);
  const isKept = without([...users.map(({ login }) => login), ...apps.map(({ slug }) => slug)]);
  return {
    ...ACCOUNTS,
    ...more,
    users: [...ACCOUNTS.users.filter(({ login }) => isKept(login)), ...users],
    apps: [...(ACCOUNTS.apps ?? []).filter(({ slug }) => isKept(slug)), ...apps],
  };
}
