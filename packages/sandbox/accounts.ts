import { PLATFORM_APPS } from "@gitops-platform/contract/apps";
import type { SeedInput } from "@gitops-platform/github-stand-in/domain/access/seed";
import { type EnvironmentName, environmentNames } from "./paths";

export const organization = "vaarak";

const gitops = `${organization}/gitops`;

/** The people of the sandbox, each with a description of their role. */
export const people = {
  developer: "writes services: bumps, promotes, rolls back",
  approver: "approves releases to production",
  "other-approver": "the second approver: nobody can approve what they promoted",
  engineer: "owns charts and workflows",
  "other-engineer": "the second engineer: nobody can approve their own change",
} as const;

/** Login of one of the {@link people}. */
export type Person = keyof typeof people;

/** The logins of the {@link people}. */
export const logins = Object.keys(people) as Person[];

/** The e-mail address of an account on the Git host. */
export function emailOf(login: string): string {
  return `${login}@users.noreply.localhost`;
}

/** The teams that Pulumi.prod.yaml names, with their members. */
const teams = {
  platform: ["engineer", "other-engineer"],
  "production-approvers": ["approver", "other-approver"],
} satisfies Record<string, Person[]>;

/** Each cluster reports the health of its services to GitHub as its own App. */
const clusterApps = Object.fromEntries(
  environmentNames.map((name, index) => [
    `argocd-${name}`,
    { id: 1000003 + index, permissions: PLATFORM_APPS.argocd.permissions },
  ]),
) as Record<
  `argocd-${EnvironmentName}`,
  Pick<(typeof PLATFORM_APPS)["argocd"], "permissions"> & { readonly id: number }
>;

/**
 * The GitHub Apps that act for the platform, by slug. The ids are those in Pulumi.prod.yaml. Each App has only the
 * permissions that its task needs.
 */
export const apps = {
  "gitops-release": {
    id: 1000001,
    permissions: PLATFORM_APPS.release.permissions,
  },
  "gitops-bump": {
    id: 1000002,
    permissions: PLATFORM_APPS.bump.permissions,
  },
  ...clusterApps,
} as const;

/** Slug of one of the {@link apps}. */
export type AppSlug = keyof typeof apps;

const boardReads = { contents: "read", pull_requests: "read", checks: "read", deployments: "read" } as const;

/** The token of every account, and the public keys of the Apps. */
export interface AccountSecrets {
  platformToken: string;
  argocdToken: string;
  ciToken: string;
  boardToken: string;
  people: Record<Person, string>;
  apps: Record<AppSlug, { publicKey: string }>;
  /** Makes a token for an App that never uses it: the Git host's seed requires a token for every App. */
  unusedToken: () => string;
}

/** The seed of the Git host: the accounts that exist when it starts. */
export function gitHostSeed({
  platformToken,
  argocdToken,
  ciToken,
  boardToken,
  people,
  apps: keys,
  unusedToken,
}: AccountSecrets): SeedInput {
  const member = { organizations: { [organization]: "member" as const } };
  return {
    organizations: [
      {
        login: organization,
        // `pulumi up` of the stack that owns the repository grants the teams their permissions.
        teams: Object.entries(teams).map(([slug, members]) => ({ slug, members })),
      },
    ],
    users: [
      // Used by `pulumi up` of the stack that owns the repository.
      { login: "platform", token: platformToken, organizations: { [organization]: "admin" } },
      // Argo CD only reads.
      { login: "argocd", token: argocdToken, ...member },
      // A service's CI can start workflows, and so request a bump of its service; it cannot write. Pulumi.prod.yaml
      // names this account.
      {
        login: "ci",
        token: unusedToken(),
        ...member,
        repositories: { [gitops]: "write" },
        tokens: [{ token: ciToken, permissions: { actions: "write" }, repositories: [gitops] }],
      },
      {
        login: "board",
        token: unusedToken(),
        ...member,
        tokens: [{ token: boardToken, permissions: boardReads, repositories: [gitops] }],
      },
      ...logins.map((login) => ({
        login,
        token: people[login],
        ...member,
        // The other people get write access from their teams.
        ...(login === "developer" && { repositories: { [gitops]: "write" as const } }),
      })),
    ],
    apps: [
      { slug: "github-actions", token: unusedToken(), permissions: {}, repositories: [] },
      ...Object.entries(apps).map(([slug, app]) => ({
        slug,
        ...app,
        token: unusedToken(),
        repositories: [gitops],
        publicKey: keys[slug as AppSlug].publicKey,
      })),
    ],
  };
}
