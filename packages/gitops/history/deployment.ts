import { mapAtOnce } from "../at-once";
import { NOT_COUNTED } from "../four-eyes/verdict";
import type { ApprovalRecord, FindRecord } from "../release/record";
import type { BranchStep, Commit, EnvironmentHistory } from "./commits";
import { readTrailer, type TrailerName } from "@gitops-platform/contract/trailers";

/** The kind of a deployment. */
export type Kind =
  /** A version that is new in the environment, or is back after a rollback. */
  | "deployment"
  /** The same, promoted from another environment. */
  | "promotion"
  /** A revert, or a version that the environment first had before the one that it replaces. */
  | "rollback"
  /** Values other than the image changed. */
  | "configuration"
  /** A chart changed, so all services that use it are rendered again. */
  | "chart"
  /** The service's values were removed. */
  | "removal"
  /** Other files of the environment's branch changed, such as CODEOWNERS, workflows, or unexpected files. */
  | "files";

/** Whether a deployment was approved, and how that is known. */
export type Approval =
  /** The environment does not wait for approval. */
  | { readonly state: "not needed"; readonly reason: string }
  /** A signed record names the approvers: code owners of the released files who are not contributors. */
  | { readonly state: "approved"; readonly by: readonly string[] }
  /** A signed record names the person who used break-glass, and the reason. */
  | { readonly state: "break-glass"; readonly by: string; readonly reason: string }
  /** The environment waits for approval, and there is no valid record of one. */
  | { readonly state: "unverified"; readonly reason: string };

/** A change that one commit deployed in one environment. Plain JSON. */
export interface Deployment {
  /** When the commit came to the branch that the environment follows, ISO 8601 in UTC. */
  readonly at: string;
  readonly commit: string;
  readonly environment: string;
  /** The service; null for a chart and for other files. */
  readonly service: string | null;
  /** The chart; null for a service and for other files. */
  readonly chart: string | null;
  /** The paths; only for other files. */
  readonly files?: readonly string[];
  readonly kind: Kind;
  /** The image before, `tag` or `tag@digest`, or the chart's version; null: there was none. */
  readonly from: string | null;
  /** The image, or the chart's version, after it. */
  readonly to: string | null;
  /** Whether values other than the image changed. */
  readonly configuration: boolean;
  /** Who requested it: `@login` if a record or a bot's commit names them, else the authors' names. */
  readonly by: readonly string[];
  /**
   * Set if `by` comes from a signed record, which relies on GitHub's data. Otherwise `by` comes from commits, which
   * anyone with write access can forge.
   */
  readonly byRecord?: true;
  readonly approval: Approval;
  /** The subject of the commit that made the change. */
  readonly subject: string;
  /** The rest of that commit's message; null where there is none. */
  readonly explanation: string | null;
  /** null: the commit came without a pull request. */
  readonly pullRequest: number | null;
}

export function subjectOf({ service, chart }: Pick<Deployment, "service" | "chart">): string {
  return service ?? (chart === null ? "other files" : `chart ${chart}`);
}

/** The number of records that are verified in parallel. */
const AT_ONCE = 8;

/** What is known about an approval before a record is read. */
export function approvalAwaited({ environment, main, read }: EnvironmentHistory, commit: string): Approval {
  if (main === read) return { state: "not needed", reason: `${environment} follows main` };
  // The commits that an environment's branch shares with main are older than the branch.
  if (main.steps.has(commit)) return { state: "not needed", reason: `before ${read.branch} began` };
  return { state: "unverified", reason: "no record was looked up" };
}

type Awaiting = Pick<Deployment, "environment" | "commit" | "approval" | "by" | "byRecord" | "pullRequest">;

/** Adds the approvals of deployments, and the people whom the records name. */
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

/** The objection to a release, from its code in the record. */
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

/** What a change concerns. */
export interface Subject {
  readonly environment: string;
  /** Null for a chart. */
  readonly service: string | null;
}

/** Who made a change, and how its commit message describes it. */
export interface ChangeSummary {
  readonly by: readonly string[];
  readonly subject: string;
  readonly explanation: string | null;
  /** Whether the message says that it reverts an earlier commit. */
  readonly reverts: boolean;
  /** Whether a trailer says that the image was promoted from another environment. */
  readonly promoted: boolean;
}

/**
 * Summarizes a change from those commits of its step that concern it, since one pull request can change several
 * services. Trailers are claims of the committer, so approvals are never read from them.
 */
export function summarizeChange(step: BranchStep, about: Subject): ChangeSummary {
  const commits = commitsAbout(step.inner, about);
  const newest = commits[0] ?? step;
  const has = (name: TrailerName) => readTrailer(newest.message, name).length > 0;
  return {
    by: [...new Set(commits.flatMap(peopleOf))],
    subject: newest.message.split("\n", 1)[0] ?? "",
    explanation: explanationOf(newest.message),
    reverts: has("Reverts") || /^This reverts commit [0-9a-f]{7,}/m.test(newest.message),
    promoted: has("Promoted-From"),
  };
}

/** The pull request of a commit, from the subject that GitHub or the platform gives to merges. */
export function pullRequestOf({ message }: Commit): number | null {
  const subject = message.split("\n", 1)[0] ?? "";
  const [, merged, named] = /^Merge pull request #(\d+) |\(#(\d+)\)$/.exec(subject) ?? [];
  const number = merged ?? named;
  return number === undefined ? null : Number(number);
}

/** The commits that name the service; else those that name none, which were made by hand; else all. */
function commitsAbout(commits: readonly Commit[], { service, environment }: Subject): readonly Commit[] {
  const trailer = service === null ? "Charts" : "Service";
  const named = commits.filter(({ message }) => {
    const environments = readTrailer(message, "Environment");
    const elsewhere = environments.length > 0 && !environments.includes(environment);
    const names = readTrailer(message, trailer);
    return !elsewhere && (service === null ? names.length > 0 : names.includes(service));
  });
  if (named.length > 0) return named;
  const byHand = commits.filter(
    ({ message }) => readTrailer(message, "Service").length === 0 && readTrailer(message, "Charts").length === 0,
  );
  return byHand.length > 0 ? byHand : commits;
}

/**
 * The authors of a commit. Workflows commit as a bot and name the requester in a trailer; in other commits such a
 * trailer is ignored. Authors can use a bot's name too, so this is only a claim until a signed record confirms it.
 */
function peopleOf({ message, author }: Commit): string[] {
  if (!author.endsWith("[bot]")) return [author];
  const requested = readTrailer(message, "Requested-By");
  return requested.length > 0 ? requested : [author];
}

/** The paragraphs between subject and trailers. */
function explanationOf(message: string): string | null {
  const [, ...paragraphs] = message.trim().split(/\n{2,}/);
  const last = paragraphs.at(-1) ?? "";
  const trailers = last !== "" && last.split("\n").every((line) => /^[A-Za-z][A-Za-z-]*: /.test(line));
  const text = paragraphs.slice(0, trailers ? -1 : undefined).join("\n\n");
  return text === "" ? null : text;
}
