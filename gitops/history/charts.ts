import { parse } from "yaml";
import { CHARTS } from "../../environments/service-name";
import type { Clone } from "../git/clone";
import { approvalAwaited } from "./approvals";
import type { EnvironmentHistory } from "./branch";
import type { Deployment } from "./deployment";
import { pullRequestOf, tellStory } from "./story";

/** Every change of a chart, newest first: each service that uses it is rendered again. */
export async function chartDeployments(clone: Clone, history: EnvironmentHistory): Promise<Deployment[]> {
  const { environment, read } = history;
  const changed = new Map<string, { commit: string; chart: string }>();
  for (const { commit, path } of read.changes) {
    const [folder, chart, file] = path.split("/");
    if (folder === CHARTS && chart !== undefined && file !== undefined)
      changed.set(`${commit}/${chart}`, { commit, chart });
  }
  const metadata = (revision: string, chart: string) => `${revision}:${CHARTS}/${chart}/Chart.yaml`;
  const all = [...changed.values()];
  const texts = await clone.readBlobs(
    all.flatMap(({ commit, chart }) => [metadata(commit, chart), metadata(`${commit}^`, chart)]),
  );
  return all.flatMap(({ commit, chart }) => {
    const step = read.steps.get(commit);
    if (!step) return [];
    const { by, subject, explanation } = tellStory(step, { environment, service: null });
    return [
      {
        at: step.at,
        commit,
        environment,
        service: null,
        chart,
        kind: "chart" as const,
        from: versionOf(texts.get(metadata(`${commit}^`, chart))),
        to: versionOf(texts.get(metadata(commit, chart))),
        configuration: false,
        by,
        approval: approvalAwaited(history, commit),
        subject,
        explanation,
        pullRequest: pullRequestOf(step),
      },
    ];
  });
}

function versionOf(chart: string | undefined): string | null {
  try {
    const { version } = parse(chart ?? "", { logLevel: "error" }) as { version?: unknown };
    return typeof version === "string" ? version : null;
  } catch {
    return null;
  }
}
