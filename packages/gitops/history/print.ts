import { createColors } from "picocolors";
import { span } from "../durations";
import { localGraph } from "../graph";
import { type Column, imageChange, type PrintOptions, shortImage, table } from "../display";
import { type Approval, type Deployment, subjectOf } from "./deployment";
import type { History } from "./history";
import type { Metrics } from "./metrics";

/** Prints a line for each deployment, then the figures. */
export function printHistory({ deployments, metrics }: History, options: PrintOptions): string {
  const found =
    deployments.length === 0
      ? ["Nothing was deployed in that time."]
      : table(columns(options, metrics.length > 1), deployments, options.width);
  const claimed = deployments.some(({ byRecord }) => byRecord !== true);
  const figures = metrics.filter((each) => each.deployments > 0).map(describeMetrics);
  return [...found, ...(claimed ? ["", CLAIMED] : []), ...(figures.length > 0 ? ["", ...figures] : [])].join("\n");
}

const CLAIMED = "Names under BY come from commits where there is no signed record.";

/** @param several whether more than one environment is shown */
function columns({ color, width }: PrintOptions, several: boolean): Column<Deployment>[] {
  const paint = createColors(color);
  const kind: NonNullable<Column<Deployment>["paint"]> = (cell, row) =>
    row.kind === "rollback" ? paint.yellow(cell) : cell;
  const trust: NonNullable<Column<Deployment>["paint"]> = (cell, { approval: { state } }) =>
    ({ unverified: paint.red, "break-glass": paint.red, approved: paint.green, "not needed": paint.dim })[state](cell);
  const narrow = width <= 80;
  const change = ({ from, to, files }: Deployment) =>
    files ? describeFiles(files, narrow) : narrow ? shortImage(to) : imageChange(from, to);
  return [
    { title: "WHEN (UTC)", text: ({ at }) => at.slice(0, 16).replace("T", " ") },
    { title: "COMMIT", text: ({ commit }) => commit.slice(0, 7), optional: 3 },
    ...(several ? [{ title: "ENV", text: ({ environment }: Deployment) => environment }] : []),
    { title: "SERVICE", text: subjectOf },
    { title: "WHAT", text: describeKind, paint: kind },
    { title: "VERSION", text: change },
    { title: "BY", text: ({ by }) => by.join(", "), optional: 1 },
    { title: "APPROVED BY", text: ({ approval }) => describeApproval(approval), paint: trust },
    { title: "PR", text: ({ pullRequest }) => (pullRequest === null ? "" : `#${pullRequest}`), optional: 2 },
    { title: "WHY", text: ({ explanation, subject }) => explanation ?? subject, optional: 4 },
  ];
}

function describeFiles(files: readonly string[], narrow: boolean): string {
  const [first = "", ...more] = files;
  return narrow && more.length > 0 ? `${first} +${more.length}` : files.join(", ");
}

function describeKind({ kind, configuration }: Deployment): string {
  return configuration && kind !== "configuration" ? `${kind} + configuration` : kind;
}

function describeApproval(approval: Approval): string {
  if (approval.state === "approved") return approval.by.join(", ");
  if (approval.state === "break-glass") return `BREAK-GLASS ${approval.by}: ${approval.reason}`;
  return approval.state === "unverified" ? `UNVERIFIED: ${approval.reason}` : "–";
}

function describeMetrics({ environment, days, deployments, ...figures }: Metrics): string {
  const time = (label: string, seconds: number | null) => (seconds === null ? [] : [`${label} ${span(seconds)}`]);
  const rate = figures.changeFailureRate;
  const rounded = Math.max(1, Math.round(days));
  return `${environment}: ${[
    `${deployments} new ${deployments === 1 ? "version" : "versions"} in ${rounded} ${rounded === 1 ? "day" : "days"}`,
    ...time(`lead time from ${localGraph().entry}`, figures.leadTimeMedianSeconds),
    ...(rate === null ? [] : [`${Math.round(rate * 100)} % rolled back`]),
    ...time("restored after", figures.timeToRestoreMedianSeconds),
  ].join(", ")}`;
}
