import { mapAtOnce } from "../at-once";
import type { EnvironmentHistory } from "./branch";
import type { Approval, Deployment } from "./deployment";
import type { ApprovalRecord, FindRecord } from "../release/find-record";
import { NOT_COUNTED } from "../four-eyes/verdict-text";

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
