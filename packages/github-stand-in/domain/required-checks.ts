import type { CheckRunRecord, StatusRecord } from "../store/records";
import type { StatusCheckParameters } from "../store/ruleset-schema";

type Required = StatusCheckParameters["required_status_checks"][number];
/** `expected`: no accepted source has reported it yet. */
export type CheckState = "success" | "expected" | "pending" | "in progress" | "queued" | "failing";

/** All reports on one commit, oldest first. */
export interface Reports {
  statuses: readonly StatusRecord[];
  runs: readonly CheckRunRecord[];
}

/**
 * The state of a required check on a commit. The newest status with its name counts, and the newest run of each App; if
 * the rule names an App, only that App's. All of them must have succeeded; neutral and skipped runs count as succeeded.
 */
export function checkState(required: Required, { statuses, runs }: Reports): CheckState {
  const { context, integration_id: app } = required;
  const newest = statuses.findLast((status) => status.context === context && (app ?? status.appId) === status.appId);
  const latestRuns = new Map(runs.filter((run) => run.name === context).map((run) => [run.app.id, run]));
  const counted = [...latestRuns.values()].filter((run) => (app ?? run.app.id) === run.app.id);
  const states = [...counted.map(runState), ...(newest ? [statusState(newest)] : [])];
  return states.find((state) => state !== "success") ?? states[0] ?? "expected";
}

function runState({ status, conclusion }: CheckRunRecord): CheckState {
  if (status === "queued") return "queued";
  if (status === "in_progress") return "in progress";
  return conclusion === "success" || conclusion === "neutral" || conclusion === "skipped" ? "success" : "failing";
}

function statusState({ state }: StatusRecord): CheckState {
  if (state === "success" || state === "pending") return state;
  return "failing";
}

/** GitHub's message about the required checks that have not succeeded; undefined if all have. */
export function missingChecks(required: readonly Required[], reports: Reports): string | undefined {
  const states = required.map((check) => ({ check, state: checkState(check, reports) }));
  const missing = states.filter(({ state }) => state !== "success");
  const [first] = missing;
  if (!first) return undefined;
  if (required.length === 1) return `Required status check "${first.check.context}" is ${first.state}.`;
  const counts = Map.groupBy(missing, ({ state }) => state);
  const of = `${missing.length} of ${required.length} required status checks`;
  if (counts.size === 1) return `${of} are ${first.state}.`;
  const parts = [...counts].map(([state, entries]) => `${entries.length} ${state}`);
  return `${of} have not succeeded: ${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}.`;
}
