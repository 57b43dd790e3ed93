import { environmentBranch } from "@gitops-platform/contract/branches";
import { mainCodeOwners, type CodeOwnersRule } from "@gitops-platform/contract/code-owners";
import type { EnvironmentGraph, EnvironmentNode } from "@gitops-platform/contract/environment-graph";
import { APPROVERS_PATH, CI_PATH, CODE_OWNERS_PATH, ENVIRONMENTS_PATH } from "@gitops-platform/contract/paths";
import type { Ownership } from "@gitops-platform/environments/settings/ownership";
import type { CataloguePolicy } from "../delivery/objects";
import { type ContentFile, workflowsLast } from "./content";
import { deliveryFile, deliveryReadme } from "./delivery-file";
import { signersFile } from "./signers";

/** The settings that determine files of the repository. */
export type FileSettings = Pick<
  Ownership,
  "releasePublicKey" | "ciAccounts" | "serviceRepositories" | "platformTeam" | "codeOwners" | "approvals"
> & {
  /** All environments. */
  readonly graph: EnvironmentGraph;
  /** How the services of the catalogue are delivered. */
  readonly delivery: CataloguePolicy;
};

/** The files on `main` in the order in which they are written: the first content, and those from settings. */
export function mainFiles(content: readonly ContentFile[], settings: FileSettings): ContentFile[] {
  return workflowsLast([...content, signersFile(settings.releasePublicKey), ...settingsFiles(settings)]);
}

/** The files on `main` that follow from plain settings. */
export function settingsFiles(settings: Omit<FileSettings, "releasePublicKey">): ContentFile[] {
  const approvers = settings.approvals.map(({ environment, approvers: names }) => [environment, names] as const);
  return [
    ciFile({ accounts: settings.ciAccounts, repositories: settings.serviceRepositories }),
    environmentsFile(settings.graph.environments),
    deliveryFile(settings.delivery),
    // Also for an environment with a branch of its own, because that branch is created from main.
    ...settings.graph.names.map(deliveryReadme),
    approversFile(Object.fromEntries(approvers)),
    codeOwnersFile("main", mainCodeOwners(settings)),
  ];
}

/** The files that an environment's branch has besides those of `main`: its CODEOWNERS first, then the others. */
export function environmentFiles(
  environment: string,
  others: readonly ContentFile[],
  { approvals }: Pick<FileSettings, "approvals">,
): [ContentFile, ...ContentFile[]] {
  const approvers = approvals.find((approval) => approval.environment === environment)?.approvers ?? [];
  return [codeOwnersFile(environmentBranch(environment), environmentCodeOwners(approvers)), ...others];
}

/** On `env/<name>` every change needs an approver of that environment, including changes to CODEOWNERS. */
export function environmentCodeOwners(approvers: readonly string[]): CodeOwnersRule[] {
  return [{ pattern: "*", owners: approvers }];
}

/** The CODEOWNERS file of a branch. */
export function codeOwnersFile(branch: string, rules: readonly CodeOwnersRule[]): ContentFile {
  const lines = [
    `# Who must approve a change on the branch ${branch}. The last line that matches a path decides.`,
    "# This file differs from branch to branch, so a release never includes it.",
    ...rules.map(({ pattern, owners }) => [pattern, ...owners.map((owner) => `@${owner}`)].join(" ")),
  ];
  return { path: CODE_OWNERS_PATH, text: `${lines.join("\n")}\n` };
}

/** The teams and people who approve an environment's changes, by the environment's name. */
export type Approvers = Readonly<Partial<Record<string, readonly string[]>>>;

/**
 * The file with the approvers from the settings. It is in `.github/` on `main`, which the platform team owns. An
 * Actions variable would not do: every user with write access can change the variables of a repository through GitHub's
 * API.
 */
export function approversFile(approvers: Approvers): ContentFile {
  const lines = [
    "# The approvers of each environment, from the platform's setting repository.approvers. CODEOWNERS on",
    "# env/<environment> may name only these.",
    ...Object.entries(approvers).map(([environment, names]) => `${environment}: ${JSON.stringify(names)}`),
  ];
  return { path: APPROVERS_PATH, text: `${lines.join("\n")}\n` };
}

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

/**
 * The file from which `gitops` reads the environments and the promotions between them. It is in `.github/` on `main`,
 * which the platform team owns.
 */
export function environmentsFile(environments: readonly EnvironmentNode[]): ContentFile {
  const lines = environments.map(({ name, stage, promotesFrom, waitsForApproval }) => {
    const keys = { name, stage, ...(promotesFrom !== undefined && { promotesFrom }), waitsForApproval };
    const entries = Object.entries(keys).map(([key, value]) => `${key}: ${String(value)}`);
    return `  - { ${entries.join(", ")} }`;
  });
  const text = [
    "# The environments, from the platform's files environments/<name>.ts. Declare them there; gitops platform writes",
    "# this file. A version is bumped into the one without promotesFrom, and promoted from there.",
    "environments:",
    ...lines,
  ];
  return { path: ENVIRONMENTS_PATH, text: `${text.join("\n")}\n` };
}
