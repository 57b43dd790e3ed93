import type { ContentFile } from "./content";

/** The file from which `gitops` reads the CI settings. */
export const CI_PATH = ".github/gitops/ci.yaml";

/** The accounts and repositories of CI, from the settings of the stack that owns the repository. */
export interface CiSettings {
  /** Logins of accounts that programs use. They may request bumps, but nothing that requires a person. */
  readonly accounts: readonly string[];
  /**
   * The repository (`owner/name`) that builds a service, by service, if its image is not named after that repository.
   */
  readonly repositories: Readonly<Record<string, string>>;
}

/**
 * The file with the CI settings. It is in `.github/`, which the platform team owns. An Actions variable would not do:
 * every user with write access can change the variables of a repository through GitHub's API.
 */
export function ciFile({ accounts, repositories }: CiSettings): ContentFile {
  const lines = [
    "# The accounts and repositories of CI, from the platform's settings repository.ciAccounts and",
    "# repository.serviceRepositories.",
    "# Accounts that programs use. They may request bumps; promotions, rollbacks and break-glass require a person.",
    `accounts: ${JSON.stringify(accounts)}`,
    "# The repository whose CI may bump a service. For a service that is not listed here, it is the repository that",
    "# its image ghcr.io/<owner>/<repository> is named after.",
    `repositories: ${JSON.stringify(repositories)}`,
  ];
  return { path: CI_PATH, text: `${lines.join("\n")}\n` };
}
