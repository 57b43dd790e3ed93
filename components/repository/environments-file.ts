import type { EnvironmentNode } from "@gitops-platform/contract/environment-graph";
import { ENVIRONMENTS_PATH } from "@gitops-platform/contract/paths";
import type { ContentFile } from "./content";

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
