import { environmentBranch } from "@gitops-platform/contract/branches";
import { mainCodeOwners } from "@gitops-platform/contract/code-owners";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { Ownership } from "@gitops-platform/environments/settings/ownership";
import type { CataloguePolicy } from "../delivery/objects";
import { approversFile } from "./approvers-file";
import { ciFile } from "./ci-file";
import { codeOwnersFile, environmentCodeOwners } from "./code-owners";
import { type ContentFile, workflowsLast } from "./content";
import { deliveryFile, deliveryReadme } from "./delivery-file";
import { environmentsFile } from "./environments-file";
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
    // Also for an environment with a branch of its own, which is made from main.
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
