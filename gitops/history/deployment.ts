import { mapAtOnce } from "../at-once";
import { NOT_COUNTED } from "../four-eyes/verdict-text";
import type { ApprovalRecord, FindRecord } from "../release/record";
import type { EnvironmentHistory } from "./commits";

/** What became of a service, or of what renders all of them. */
export type Kind =
  /** A version that the environment did not have, or has again after a rollback. */
  | "deployment"
  /** The same, carried on from another environment. */
  | "promotion"
  /**
   * A version that is older than the one it replaces, by the order in which the environment first got them; or a
   * revert.
   */
  | "rollback"
  /** Other values than the image. */
  | "configuration"
  /** A chart: all services that use it are rendered again. */
  | "chart"
  /** The service's values are gone. */
  | "removal"
  /**
   * Files of the environment's branch that are neither values nor charts: who approves, workflows, or what should not
   * be there.
   */
  | "files";

/** Whether somebody let a deployment in, and how that is known. */
export type Approval =
  /** The environment waits for nobody. */
  | { readonly state: "not needed"; readonly reason: string }
  /** A signed record says so. The people are code owners of what was released, who had no part in it. */
  | { readonly state: "approved"; readonly by: readonly string[] }
  /** A signed record says that one person went past the second, and why. */
  | { readonly state: "break-glass"; readonly by: string; readonly reason: string }
  /** The environment waits for approvals, and none is on record: whatever let this in is not known. */
  | { readonly state: "unverified"; readonly reason: string };

/** One thing that a commit deployed in one environment. Plain JSON. */
export interface Deployment {
  /** When the branch that the environment reads moved, ISO 8601 in UTC. */
  readonly at: string;
  /** The commit that it moved to. */
  readonly commit: string;
  readonly environment: string;
  /** The service; null for a chart and for other files. */
  readonly service: string | null;
  /** The chart; null for a service and for other files. */
  readonly chart: string | null;
  /** The paths, of other files only. */
  readonly files?: readonly string[];
  readonly kind: Kind;
  /** The image before, `tag` or `tag@digest`, or the chart's version; null where there was none. */
  readonly from: string | null;
  /** The image, or the chart's version, from then on. */
  readonly to: string | null;
  /** Whether other values than the image changed. */
  readonly configuration: boolean;
  /** Who asked for it: `@login` where a record or a bot's commit says so, else the names of authors. */
  readonly by: readonly string[];
  /**
   * Whether a signed record says so, by what GitHub knows of pushes and pull requests. Not there: commits do, and
   * anyone who may write can make those say anything.
   */
  readonly byRecord?: true;
  readonly approval: Approval;
  /** The subject of the commit that made the change. */
  readonly subject: string;
  /** What that commit says beyond its subject; null where it says no more. */
  readonly explanation: string | null;
  /** The pull request; null where the commit came without one. */
  readonly pullRequest: number | null;
}

/** What a deployment is about, in words. */
export function subjectOf({ service, chart }: Pick<Deployment, "service" | "chart">): string {
  return service ?? (chart === null ? "other files" : `chart ${chart}`);
}

/** How many records are verified side by side. */
const AT_ONCE = 8;

/** What is known of an approval before any record is looked at. */
export function approvalAwaited({ environment, main, read }: EnvironmentHistory, commit: string): Approval {
  if (main === read) return { state: "not needed", reason: `${environment} follows main` };
  // What an environment's branch shares with main's own line is where it began.
  if (main.steps.has(commit)) return { state: "not needed", reason: `before ${read.branch} began` };
  return { state: "unverified", reason: "no record was looked up" };
}

/** What an approval is looked up for. */
type Awaiting = Pick<Deployment, "environment" | "commit" | "approval" | "by" | "byRecord" | "pullRequest">;

/** The same deployments with their approvals looked up, and with the people that the records name. */
export async function lookUpApprovals<T extends Awaiting>(deployments: readonly T[], find: FindRecord): Promise<T[]> {
  return mapAtOnce(deployments, AT_ONCE, (deployment) => lookUp(deployment, find));
}

async function lookUp<T extends Awaiting>(deployment: T, find: FindRecord): Promise<T> {
  if (deployment.approval.state !== "unverified") return deployment;
  const record = await find(deployment.environment, deployment.commit);
  if ("reason" in record) {
    const way = deployment.pullRequest === null ? "; it came without a pull request" : "";
    return { ...deployment, approval: { state: "unverified", reason: `${record.reason}${way}` } };
  }
  return {
    ...deployment,
    approval: approvalOf(record),
    ...(record.promotedBy.length > 0 && { by: record.promotedBy, byRecord: true as const }),
    pullRequest: record.pullRequest ?? deployment.pullRequest,
  };
}

function approvalOf({ approvedBy, refused, breakGlass }: ApprovalRecord): Approval {
  if (refused.length > 0)
    return { state: "unverified", reason: `merged past four-eyes: ${refused.map(sentence).join("; ")}` };
  if (breakGlass !== undefined) {
    const [by = "", ...reason] = breakGlass.split(" ");
    return { state: "break-glass", by, reason: reason.join(" ") };
  }
  if (approvedBy.length === 0) return { state: "unverified", reason: "its record names no approver" };
  return { state: "approved", by: approvedBy };
}

/** What spoke against a release, from its code in the record. */
function sentence(refusal: string): string {
  const at = refusal.lastIndexOf(" ");
  const [about, code] = [refusal.slice(0, at), refusal.slice(at + 1)];
  const text = REFUSALS[code];
  return text === undefined ? refusal : `${about} ${text}`;
}

const REFUSALS: Partial<Record<string, string>> = {
  ...NOT_COUNTED,
  "not-approved": "approved it",
  "no-owner": "has no owner",
  "nobody-asked": "was asked for by nobody known",
  "from-fork": "came from a fork",
};
