import type { ContentFile } from "./content";

/** Where `validate` finds who approves what. */
export const APPROVERS_PATH = ".github/gitops/approvers.yaml";

/** By environment, the teams and people who approve its changes. */
export type Approvers = Readonly<Partial<Record<string, readonly string[]>>>;

/**
 * The file that says who approves what, as the settings do. It is below `.github/` on `main`, which the platform team
 * owns, and no variable of Actions: every writer may change the variables of a repository by GitHub's API.
 */
export function approversFile(approvers: Approvers): ContentFile {
  const lines = [
    "# Who approves the changes of an environment, by the platform's setting repository.approvers. On env/<environment>",
    "# CODEOWNERS may name these and nobody else.",
    ...Object.entries(approvers).map(([environment, names]) => `${environment}: ${JSON.stringify(names)}`),
  ];
  return { path: APPROVERS_PATH, text: `${lines.join("\n")}\n` };
}
