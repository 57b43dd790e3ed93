import { CHARTS } from "../../environments/service-name";
import type { Clone } from "../git/clone";
import { type FileChange, readFileChanges } from "../git/file-changes";
import { remoteBranch } from "../git/refs";
import { parseValuesPath } from "../values/files";
import { approvalAwaited } from "./approvals";
import type { EnvironmentHistory } from "./branch";
import type { Deployment } from "./deployment";
import { pullRequestOf, tellStory } from "./story";

/**
 * Each step of an environment's own branch that changed other files than values and charts, newest first. Where the
 * environment reads `main` there is none: what is merged there waits for nobody.
 */
export async function fileDeployments(clone: Clone, history: EnvironmentHistory): Promise<Deployment[]> {
  const { environment, main, read } = history;
  if (main === read) return [];
  const changes = await readFileChanges(clone, remoteBranch(read.branch), []);
  const byCommit = Map.groupBy(changes, ({ commit }) => commit);
  return [...byCommit].flatMap(([commit, all]) => {
    const step = read.steps.get(commit);
    // What the branch shares with main was there when it began.
    if (!step || main.steps.has(commit)) return [];
    const files = otherFiles(environment, all);
    if (files.length === 0) return [];
    const { by, subject, explanation } = tellStory(step, { environment, service: null });
    return [
      {
        ...{ at: step.at, commit, environment, service: null, chart: null, files, kind: "files" as const },
        ...{ from: null, to: null, configuration: false, by, approval: approvalAwaited(history, commit) },
        ...{ subject, explanation, pullRequest: pullRequestOf(step) },
      },
    ];
  });
}

/** What one step changed beside values and charts. Manifests that were rendered from those belong to them. */
function otherFiles(environment: string, changes: readonly FileChange[]): string[] {
  const values = changes.flatMap(({ path }) => {
    const file = parseValuesPath(path);
    return file?.environment === environment ? [{ path, service: file.service }] : [];
  });
  const charts = changes.some(({ path }) => isBelow(CHARTS, path));
  const isRendered = (path: string) =>
    isBelow("manifests", path) && (charts || values.some(({ service }) => isBelow(`manifests/${service}`, path)));
  return changes
    .map(({ path }) => path)
    .filter((path) => !isBelow(CHARTS, path) && !values.some((file) => file.path === path) && !isRendered(path))
    .sort();
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}
