import type { Command } from "commander";
import { type Column, imageChange, printOptions, type PrintOptions, shortImage, table } from "../display";
import { Failure } from "@gitops-platform/contract/failure";
import { localGraph } from "../graph";
import { type History, parseSince, readHistory, sinceProblem, type Wanted } from "../history/history";
import { type CommonOptions, type Session, withSession } from "../session";
import { nameProblems } from "../values/files";
import { needsCheckout } from "./options";
import { createColors } from "picocolors";
import { span } from "../durations";
import { type Approval, type Deployment, subjectOf } from "../history/deployment";
import type { Metrics } from "../history/metrics";

interface Options extends CommonOptions {
  readonly env?: string;
  readonly since?: string;
  readonly plots?: string;
  readonly json?: boolean;
}

/** Writes DORA's figures of a part of the history as plots to a file. */
export type WritePlots = (file: string, session: Session, wanted: Wanted) => Promise<void>;

/**
 * `gitops history`: what was deployed when, by whom, and who approved it, from Git alone.
 * @param writePlots undefined: plots cannot be drawn (the bundle).
 */
export function addHistory(program: Command, writePlots?: WritePlots): void {
  const command = program
    .command("history")
    .description("show what was deployed where and when, by whom, and who approved it; reads Git alone")
    .argument("[service]", "only this service, and the charts")
    .option("--env <name>", "only this environment")
    .option("--since <time>", "only from then on: 30d, 12h, 2026-01-31")
    .option(
      "--plots <file>",
      "also write deployment frequency, lead time, failure rate and time to restore as plots, an HTML page " +
        "(only in a checkout of gitops-platform)",
    )
    .option("--json", "as JSON, for programs")
    .action(async (service: string | undefined) => {
      const options = command.optsWithGlobals<Options>();
      if (options.plots !== undefined && !writePlots) throw needsCheckout("history", "--plots", options.plots);
      await showHistory(service, options, writePlots);
    });
}

async function showHistory(service: string | undefined, options: Options, writePlots?: WritePlots): Promise<void> {
  const { env } = options;
  const problems = [
    ...nameProblems({ service, ...(env !== undefined && { env }) }),
    options.since === undefined ? undefined : sinceProblem(options.since),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new Failure(...problems);
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const wanted = { service, environments: env === undefined ? localGraph().names : [env], since };
  await withSession(options, async (session) => {
    const found = await readHistory(session.clone, wanted);
    for (const warning of found.warnings) session.log(warning);
    if (options.plots !== undefined) await writePlots?.(options.plots, session, wanted);
    const { stdout, env } = process;
    stdout.write(
      `${options.json ? JSON.stringify(found, undefined, 2) : printHistory(found, printOptions(stdout, env))}\n`,
    );
  });
}

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
