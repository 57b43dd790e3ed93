import type { ContentFile } from "./content";

/** The file from which `validate` reads each environment's approvers. */
export const APPROVERS_PATH = ".github/gitops/approvers.yaml";

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
