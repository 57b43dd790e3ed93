import { CODE_OWNERS_PATH } from "@gitops-platform/contract/paths";
import type { CodeOwnersRule } from "@gitops-platform/contract/code-owners";
import type { ContentFile } from "./content";

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
