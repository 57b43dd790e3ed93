import { ENVIRONMENT_BRANCHES } from "../../contract/branches";
import { createColors } from "picocolors";
import { checkName } from "../../contract/checks";
import { type Column, plain, plainLine, shortImage, table } from "../display";
import { describeFinding, type Finding } from "../drift/finding";
import type { Look } from "../history/print";
import { describeAlarm, runningImage } from "./alarms";
import type { ServiceInEnvironment, Status, WaitingPull } from "./model";

/** The status as people read it: a line for each service in each environment, then what waits. */
export function printStatus({ services, environments, waiting }: Status, look: Look): string {
  const rows = services.flatMap(({ name, environments: all }) => all.map((each) => ({ service: name, ...each })));
  const charts = environments
    .filter(({ chartsWait }) => chartsWait)
    .map(({ name, branch }) => `Charts on main wait for their release to ${name} (${branch}).`);
  const alarms = rows.flatMap((row) =>
    row.alarms.map((alarm) => `ALARM ${row.environment}/${row.service}: ${describeAlarm(alarm)}.`),
  );
  const findings = [
    ...environments.flatMap(({ name, findings }) => findings.flatMap((finding) => tell(`${name}/platform`, finding))),
    ...rows.flatMap((row) => row.findings.flatMap((finding) => tell(`${row.environment}/${row.service}`, finding))),
  ];
  const unread = environments.flatMap(describeUnread);
  return [
    table(serviceColumns(look), rows, look.width),
    alarms.map(plain),
    findings,
    unread,
    charts,
    describeWaiting(waiting, look),
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** What was found, the command that undoes it, and what to know before that. */
function tell(about: string, finding: Finding): string[] {
  const { undo, notes } = finding;
  const lines = [`UNDECLARED ${about}: ${describeFinding(finding)}.`, `  Undo: ${undo}`];
  return [...lines, ...(notes.length > 0 ? [`  ${notes.join(" ")}`] : [])].map(plainLine);
}

/** What could not be looked at: all that has one reason on one line. */
function describeUnread({ name, unread }: Status["environments"][number]): string[] {
  return [...Map.groupBy(unread, ({ reason }) => reason)].map(([reason, all]) => {
    const what = all.map((each) => each.what).toSorted();
    return plain(`Not looked at in ${name}: ${what.join(", ")}: ${reason.replace(/\.$/, "")}.`);
  });
}

type Row = ServiceInEnvironment & { readonly service: string };

function serviceColumns({ color }: Look): Column<Row>[] {
  const paint = createColors(color);
  const paintHealth = (cell: string, { runs, alarms, findings }: Row) => {
    if (runs.state !== "known") return paint.dim(cell);
    if (alarms.length > 0 || findings.length > 0) return paint.red(cell);
    if (runs.value.drift === true || ["Degraded", "Suspended"].includes(runs.value.health)) return paint.red(cell);
    return runs.value.health === "Healthy" ? paint.green(cell) : paint.yellow(cell);
  };
  return [
    { title: "SERVICE", text: ({ service }) => service },
    { title: "ENV", text: ({ environment }) => environment },
    { title: "GIT SAYS", text: ({ declared }) => shortImage(declared?.image ?? null) },
    {
      title: "SINCE (UTC)",
      text: ({ declared }) => declared?.came?.at.slice(0, 16).replace("T", " ") ?? "",
      optional: 1,
    },
    { title: "BY", text: ({ declared }) => describeBy(declared), optional: 2 },
    { title: "RUNS", text: describeRuns },
    { title: "HEALTH", text: describeHealth, paint: paintHealth },
    { title: "WAITS", text: describeWaits, paint: paint.yellow },
  ];
}

function describeBy(declared: Row["declared"]): string {
  if (!declared?.came) return "";
  const { by, approval } = declared.came;
  const who = by.join(", ");
  if (approval.state === "break-glass") return `${who} (BREAK-GLASS ${approval.by})`;
  return approval.state === "unverified" ? `${who} (UNVERIFIED: ${approval.reason})` : who;
}

function describeRuns({ runs, declared }: Row): string {
  return runs.state === "known" ? runningImage(declared, runs.value) : "–";
}

function describeHealth({ runs, alarms, findings }: Row): string {
  if (runs.state !== "known") return runs.state;
  const { health, sync, drift } = runs.value;
  if (alarms.length > 0) return `${health}, ALARM`;
  if (drift === true) return `${health}, DRIFT`;
  if (findings.length > 0) return `${health}, UNDECLARED`;
  return sync === null || sync === "Synced" ? health : `${health}, ${sync}`;
}

function describeWaits({ waits, declared }: Row): string {
  if (!waits) return "";
  if (waits.image === null) return "removal";
  if (waits.image === declared?.image) return "configuration";
  return waits.configuration ? `${shortImage(waits.image)} + configuration` : shortImage(waits.image);
}

function describeWaiting(waiting: Status["waiting"], { width }: Look): string[] {
  if (waiting.state === "out of reach") return [`Open pull requests: out of reach. ${waiting.reason}`];
  if (waiting.state !== "known" || waiting.value.length === 0) return ["No pull request waits."];
  const columns: Column<WaitingPull>[] = [
    { title: "PR", text: ({ number }) => `#${number}` },
    { title: "INTO", text: ({ base }) => base, optional: 2 },
    { title: "TITLE", text: ({ title }) => title },
    { title: "WAITS FOR", text: waitsFor },
    { title: "SINCE (UTC)", text: ({ since }) => since.slice(0, 16).replace("T", " "), optional: 1 },
    { title: "ADDRESS", text: ({ url }) => url, optional: 3 },
  ];
  return table(columns, waiting.value, width);
}

/** What stands between a pull request and its merge, as far as its checks and the asked reviewers tell. */
export function waitsFor(pull: Pick<WaitingPull, "checks" | "reviewers" | "base">): string {
  const step = nextStep(pull);
  if (step.state === "correction") return `a correction: ${step.failed.join(", ")} failed`;
  if (step.state === "check") return `the check ${step.running.join(", ")}`;
  if (step.state === "merge") return "its merge";
  return `a review${step.by.length > 0 ? ` by ${step.by.join(", ")}` : ""}`;
}

/** The next thing that a pull request waits for. */
export type NextStep =
  | { readonly state: "correction"; readonly failed: readonly string[] }
  | { readonly state: "check"; readonly running: readonly string[] }
  | { readonly state: "review"; readonly by: readonly string[] }
  /** It is approved, where that is asked for, and somebody merges it. */
  | { readonly state: "merge" };

/** Reads the next step off a pull request's checks and reviewers. */
export function nextStep({ checks, reviewers, base }: Pick<WaitingPull, "checks" | "reviewers" | "base">): NextStep {
  const [validate, fourEyes] = [checkName("validate", base), checkName("four-eyes", base)];
  // four-eyes fails while an approval is missing, and runs from then until the merge.
  const results = Object.entries(checks).filter(([name]) => name !== fourEyes);
  const named = (is: (result: string) => boolean) => results.filter(([, result]) => is(result)).map(([name]) => name);
  const failed = named((result) => !["success", "neutral", "skipped", "running"].includes(result));
  if (failed.length > 0) return { state: "correction", failed };
  const running = named((result) => result === "running");
  if (running.length > 0) return { state: "check", running };
  if (!(validate in checks)) return { state: "check", running: [validate] };
  const isApproved = ["running", "success"].includes(checks[fourEyes] ?? "");
  const needsReview = base.startsWith(ENVIRONMENT_BRANCHES) ? !isApproved : reviewers.length > 0;
  return needsReview ? { state: "review", by: reviewers } : { state: "merge" };
}
