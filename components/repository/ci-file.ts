import type { ContentFile } from "./content";

/** Where `gitops` finds who CI is. */
export const CI_PATH = ".github/gitops/ci.yaml";

/** Who CI is, as the settings of the owning stack say it. */
export interface CiSettings {
  /** Logins of accounts that programs use: they may ask for bumps, and for nothing that needs a person. */
  readonly accounts: readonly string[];
  /** Service → `owner/name` of the repository that builds it, where its image is not called after that. */
  readonly repositories: Readonly<Record<string, string>>;
}

/**
 * The file that says who CI is. It is below `.github/`, which the platform team owns, and no variable of Actions:
 * anyone who may write to a repository may change its variables by GitHub's API.
 */
export function ciFile({ accounts, repositories }: CiSettings): ContentFile {
  const lines = [
    "# Who CI is, by the platform's settings repository.ciAccounts and repository.serviceRepositories.",
    "# Accounts that programs use. They may ask for bumps; promotions, rollbacks and break-glass need a person.",
    `accounts: ${JSON.stringify(accounts)}`,
    "# Service: the repository whose CI may bump it. Any other is bumped by the repository that its image",
    "# ghcr.io/<owner>/<repository> is called after.",
    `repositories: ${JSON.stringify(repositories)}`,
  ];
  return { path: CI_PATH, text: `${lines.join("\n")}\n` };
}
