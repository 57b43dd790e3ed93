import { approversFile } from "../../components/repository/approvers-file";
import { ciFile } from "../../components/repository/ci-file";
import { codeOwnersFile, environmentCodeOwners } from "../../components/repository/code-owners";
import { type ContentFile, firstContent, readFiles } from "../../components/repository/content";
import { approvedEnvironments, environmentBranch } from "../../environments/catalogue";
import { mainCodeOwners } from "../../environments/code-owners";
import { bundle, GITOPS_PATH } from "../bundle";
import { RULES_PATH } from "../rules/entry";
import type { RepositorySettings } from "./stack-file";

/** The platform's own files on one branch. */
export interface WantedBranch {
  readonly branch: string;
  /** The branch of the pull request that brings them. */
  readonly update: string;
  readonly files: readonly ContentFile[];
  /**
   * Folders that are the platform's alone: a file in them that is not wanted is from an earlier version, or somebody's
   * own.
   */
  readonly folders: readonly string[];
}

/** What runs as it is on the branch that a pull request goes into, so that each branch has its own. */
const REVIEW_WORKFLOW = ".github/workflows/review.yaml";

/**
 * What this version of the program would begin the repository with, but for values, which are their teams', and for the
 * rules, which the platform team changes there. Neither are the allowed signers of records among it, which come from a
 * secret.
 */
export function wantedBranches(repository: RepositorySettings): WantedBranch[] {
  const { owner, platformTeam = [], codeOwners = {}, approvers = {} } = repository;
  const { ciAccounts: accounts = [], serviceRepositories: repositories = {} } = repository;
  const content = firstContent(readFiles(), { owner, services: [] });
  const main = [
    ...content.filter(({ path }) => path !== RULES_PATH),
    { path: GITOPS_PATH, text: bundle() },
    ciFile({ accounts, repositories }),
    approversFile(Object.fromEntries(approvedEnvironments().map((name) => [name, approvers[name] ?? []]))),
    codeOwnersFile("main", mainCodeOwners({ platformTeam, codeOwners })),
  ];
  const review = content.filter(({ path }) => path === REVIEW_WORKFLOW);
  return [
    { branch: "main", update: "platform/update", files: main, folders: [".github/workflows", "charts/service"] },
    ...approvedEnvironments().map((name) => ({
      branch: environmentBranch(name),
      update: `platform/env-${name}`,
      files: [codeOwnersFile(environmentBranch(name), environmentCodeOwners(approvers[name] ?? [])), ...review],
      folders: [],
    })),
  ];
}
