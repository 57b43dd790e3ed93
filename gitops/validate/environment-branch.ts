import { CODE_OWNERS_PATH } from "../../components/repository/code-owners";
import { parseManifestsPath } from "../../environments/manifests";
import { CHARTS } from "../../environments/service-name";
import { parseValuesPath } from "../values/files";
import { type Candidate, environmentOf } from "./candidate";
import type { Problem } from "./problem";

/** The workflow that `env/<name>` runs, which `gitops platform` keeps up to date. */
const REVIEW = ".github/workflows/review.yaml";

/**
 * What may not go into `env/<name>`: what the environment does not read, and a change of its approvers beside anything
 * else.
 */
export function environmentBranch({ branch, changes }: Pick<Candidate, "branch" | "changes">): Problem[] {
  const environment = environmentOf(branch);
  if (environment === undefined) return [];
  const paths = `environments/${environment}/<service>.yaml, manifests/<service>/manifests.yaml, ${CHARTS}/**`;
  const problems = changes
    // Whatever came with main when the branch was made may go.
    .filter(({ path, blob }) => blob !== undefined && !isRead(path, environment))
    .map(({ path }): Problem => {
      const message = `${branch} takes ${paths}, ${CODE_OWNERS_PATH}, ${REVIEW} and README.md. Change it on main.`;
      return { file: path, message };
    });
  if (changes.length > 1 && changes.some(({ path }) => path === CODE_OWNERS_PATH)) {
    const message = "Says who approves, so it is changed by itself. Put it into a pull request without anything else.";
    problems.push({ file: CODE_OWNERS_PATH, message });
  }
  return problems;
}

function isRead(path: string, environment: string): boolean {
  return (
    path.startsWith(`${CHARTS}/`) ||
    parseValuesPath(path)?.environment === environment ||
    parseManifestsPath(path) !== undefined ||
    [CODE_OWNERS_PATH, REVIEW, "README.md"].includes(path)
  );
}
