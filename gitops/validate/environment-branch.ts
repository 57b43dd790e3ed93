import { type Candidate, environmentOf } from "./candidate";
import type { Problem } from "./problem";

const CODE_OWNERS = ".github/CODEOWNERS";

/** What may not go into `env/<name>`: what the environment does not read, and a change of its approvers beside anything else. */
export function environmentBranch({ branch, changes }: Pick<Candidate, "branch" | "changes">): Problem[] {
  const environment = environmentOf(branch);
  if (environment === undefined) return [];
  const folders = [`environments/${environment}/`, "charts/", ".github/"];
  const problems = changes
    .map(({ path }) => path)
    .filter((path) => path !== "README.md" && !folders.some((folder) => path.startsWith(folder)))
    .map((path): Problem => {
      const message = `${branch} takes ${folders.map((folder) => `${folder}**`).join(", ")} and README.md. Change it on main.`;
      return { file: path, message };
    });
  if (changes.length > 1 && changes.some(({ path }) => path === CODE_OWNERS)) {
    const message = "Says who approves, so it is changed by itself. Put it into a pull request without anything else.";
    problems.push({ file: CODE_OWNERS, message });
  }
  return problems;
}
