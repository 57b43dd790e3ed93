import type { SeedInput } from "./github/seed";

/** The organisation that owns the sandbox's repositories. */
export const organization = "vaarak";

const gitops = `${organization}/gitops`;

/** The people of the sandbox, and what they are for. */
export const people = {
  developer: "writes services: bumps, promotes, rolls back",
  approver: "lets releases into production",
  "other-approver": "the second one: nobody approves what they promoted",
  engineer: "owns charts and workflows",
  "other-engineer": "the second one: nobody approves their own change",
} as const;

/** Login of one of the {@link people}. */
export type Person = keyof typeof people;

/** The logins of the {@link people}. */
export const logins = Object.keys(people) as Person[];

/** The address that the Git host knows somebody by. */
export function emailOf(login: string): string {
  return `${login}@users.noreply.localhost`;
}

/** The teams that Pulumi.prod.yaml names, and who is in them. */
const teams = {
  platform: ["engineer", "other-engineer"],
  "production-approvers": ["approver", "other-approver"],
} satisfies Record<string, Person[]>;

/**
 * The GitHub Apps that act for the platform, by slug; the ids are those of Pulumi.prod.yaml. Each may do what its work
 * needs and nothing else.
 */
export const apps = {
  "gitops-release": {
    id: 1000001,
    permissions: { contents: "write", pull_requests: "write", checks: "write", deployments: "read", members: "read" },
  },
  "gitops-bump": {
    id: 1000002,
    permissions: { contents: "write", pull_requests: "write", checks: "read", deployments: "read" },
  },
  // A cluster tells GitHub how its services are.
  "argocd-dev": { id: 1000003, permissions: { deployments: "write" } },
  "argocd-staging": { id: 1000004, permissions: { deployments: "write" } },
  "argocd-prod": { id: 1000005, permissions: { deployments: "write" } },
} as const;

/** Slug of one of the {@link apps}. */
export type AppSlug = keyof typeof apps;

const boardReads = { contents: "read", pull_requests: "read", checks: "read", deployments: "read" } as const;

/** Everybody's tokens, and the public halves of the Apps' keys. */
export interface AccountSecrets {
  platformToken: string;
  argocdToken: string;
  ciToken: string;
  boardToken: string;
  people: Record<Person, string>;
  apps: Record<AppSlug, { publicKey: string }>;
  /** A token that nobody uses: the Git host wants one of every App. */
  unused: () => string;
}

/** The accounts that the Git host starts with. */
export function gitHostSeed({
  platformToken,
  argocdToken,
  ciToken,
  boardToken,
  people,
  apps: keys,
  unused,
}: AccountSecrets): SeedInput {
  const member = { organizations: { [organization]: "member" as const } };
  return {
    organizations: [
      {
        login: organization,
        // What they may write `pulumi up` of the owning stack says.
        teams: Object.entries(teams).map(([slug, members]) => ({ slug, members })),
      },
    ],
    users: [
      // `pulumi up` of the owning stack.
      { login: "platform", token: platformToken, organizations: { [organization]: "admin" } },
      // Argo CD reads, and nothing else.
      { login: "argocd", token: argocdToken, ...member },
      // A service's CI may start workflows, and so ask for a bump of its service; it may write nothing itself.
      // Pulumi.prod.yaml names it.
      {
        login: "ci",
        token: unused(),
        ...member,
        repositories: { [gitops]: "write" },
        tokens: [{ token: ciToken, permissions: { actions: "write" }, repositories: [gitops] }],
      },
      // The board shows what is there.
      {
        login: "board",
        token: unused(),
        ...member,
        tokens: [{ token: boardToken, permissions: boardReads, repositories: [gitops] }],
      },
      ...logins.map((login) => ({
        login,
        token: people[login],
        ...member,
        // The others may write as members of their teams.
        ...(login === "developer" && { repositories: { [gitops]: "write" as const } }),
      })),
    ],
    apps: [
      { slug: "github-actions", token: unused(), permissions: {}, repositories: [] },
      ...Object.entries(apps).map(([slug, app]) => ({
        slug,
        ...app,
        token: unused(),
        repositories: [gitops],
        publicKey: keys[slug as AppSlug].publicKey,
      })),
    ],
  };
}
