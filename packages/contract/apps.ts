/** What a GitHub App of the platform may do: permission → access level, both as GitHub names them. */
export type AppPermissions = Readonly<Partial<Record<AppPermission, "read" | "write">>>;

type AppPermission = "checks" | "contents" | "deployments" | "members" | "pull_requests";

/** One of the platform's GitHub Apps. */
export interface PlatformApp {
  /** What it is for, as a phrase. It is also the App's description on GitHub. */
  readonly purpose: string;
  /** Exactly what it needs. `members` is of the organisation, the others are of the repository. */
  readonly permissions: AppPermissions;
}

/**
 * The platform's GitHub Apps: `bump` and `release` are those of the repository's workflows, `argocd` is the clusters'.
 * This is the only list of their permissions; docs/credentials.md is checked against it.
 */
export const PLATFORM_APPS = {
  bump: {
    purpose: "opens pull requests for new versions",
    permissions: { contents: "write", pull_requests: "write", checks: "read", deployments: "read" },
  },
  release: {
    purpose: "sets the checks, and records releases",
    permissions: { contents: "write", pull_requests: "write", checks: "write", deployments: "read", members: "read" },
  },
  argocd: {
    purpose: "reports the health of services",
    permissions: { deployments: "write" },
  },
} as const satisfies Record<string, PlatformApp>;

/** The name of one of the {@link PLATFORM_APPS}. */
export type AppName = keyof typeof PLATFORM_APPS;
