import type { Command } from "commander";
import { environmentNameIn, releaseBranch } from "@gitops-platform/contract/branches";
import { type Column, plain, plainLine, printOptions, type PrintOptions, shortImage, table } from "../display";
import { missingBranches } from "../graph";
import { type CommonOptions, type Session, withSession } from "../session";
import { type DriftReaders, readStatus, type Sources } from "../status/status";
import { checkNames } from "../values/files";
import { needsCheckout, withClusters } from "./options";
import { createColors } from "picocolors";
import { describeFinding, type Finding } from "../drift/finding";
import { describeAlarm, describeCatalogueProblem, isMissing, runningImage } from "../status/alarms";
import {
  type CatalogueProblem,
  describeWaitReason,
  type ServiceInEnvironment,
  type Status,
  type WaitingPull,
  waitReasonOf,
} from "../status/model";

interface Options extends CommonOptions {
  env?: string;
  json?: boolean;
  cluster: string[];
}

/** Clusters to ask. */
interface Clusters {
  readonly sources: Sources;
  readonly driftReaders: DriftReaders;
}

/**
 * Connects to the clusters of `--cluster`.
 * @throws {Failure} naming what is wrong with the options.
 */
export type AskClusters = (options: readonly string[]) => Promise<(session: Session) => Clusters>;

/**
 * `gitops status`: services and environments, from Git, the clusters' reports and the open pull requests.
 * @param askClusters undefined: no cluster can be asked (the bundle).
 */
export function addStatus(program: Command, askClusters?: AskClusters): void {
  const command = program
    .command("status")
    .description("show what each environment should run, runs, and waits for")
    .option("--env <name>", "only this environment")
    .option("--json", "as JSON, for programs");
  withClusters(command).action(async () => {
    const options = command.optsWithGlobals<Options>();
    checkNames({ ...(options.env !== undefined && { env: options.env }) });
    const [first] = options.cluster;
    if (first !== undefined && !askClusters) throw needsCheckout("status", "--cluster", first);
    await showStatus(options, await askClusters?.(options.cluster));
  });
}

async function showStatus(options: Options, clusters?: (session: Session) => Clusters): Promise<void> {
  await withSession(options, async (session) => {
    const wanted = options.env === undefined ? session.graph.names : [options.env];
    for (const warning of await missingBranches(session.clone, session.graph)) session.log(warning);
    const asked = clusters?.(session);
    const found = await readStatus(session, wanted, asked?.sources, asked?.driftReaders);
    const { stdout, env } = process;
    stdout.write(
      `${options.json ? JSON.stringify(found, undefined, 2) : printStatus(found, printOptions(stdout, env))}\n`,
    );
    // Scripts that run this regularly see problems by the exit code.
    const isWrong = found.services.some(({ environments }) =>
      environments.some(({ alarms, findings }) => alarms.length > 0 || findings.length > 0),
    );
    if (isWrong || found.environments.some(({ findings }) => findings.length > 0)) {
      process.exitCode = 1;
    }
  });
}

/** Prints a line for each service in each environment, then alarms, findings and what waits. */
export function printStatus({ services, environments, waiting, automatic }: Status, options: PrintOptions): string {
  const rows = services.flatMap(({ name, environments: all }) => all.map((each) => ({ service: name, ...each })));
  const charts = environments
    .filter(({ chartsWait }) => chartsWait)
    .map(({ name, branch }) => `Charts on main wait for their release to ${name} (${branch}).`);
  const catalogues = environments.flatMap(({ name, catalogue }) => (catalogue ? catalogueLines(name, catalogue) : []));
  const alarms = rows.flatMap((row) =>
    row.alarms.map((alarm) => `ALARM ${row.environment}/${row.service}: ${describeAlarm(alarm)}.`),
  );
  const findings = [
    ...environments.flatMap(({ name, findings }) =>
      findings.flatMap((finding) => findingLines(`${name}/platform`, finding)),
    ),
    ...rows.flatMap((row) =>
      row.findings.flatMap((finding) => findingLines(`${row.environment}/${row.service}`, finding)),
    ),
  ];
  const unread = environments.flatMap(describeUnread);
  return [
    table(serviceColumns(options), rows, options.width),
    [...catalogues, ...alarms].map(plain),
    findings,
    unread,
    charts,
    describeAutomatic(automatic),
    describeWaiting(waiting, options),
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function catalogueLines(environment: string, problem: CatalogueProblem): string[] {
  const start = problem.alarms.length > 0 ? "ALARM" : "NOT APPLIED";
  // Status reads no errors, and so says where they are.
  const isUnexplained = problem.alarms.length + problem.errors.length === 0;
  const where = isUnexplained ? " Argo CD's Application catalogue says why." : "";
  const more = isMissing(problem) ? " Run pulumi up for its stack." : where;
  return describeCatalogueProblem(problem).map((line) => `${start} ${environment}/catalogue: ${line}.${more}`);
}

/** A finding, the command that undoes it, and its notes. */
function findingLines(about: string, finding: Finding): string[] {
  const { undo, notes } = finding;
  const lines = [`UNDECLARED ${about}: ${describeFinding(finding)}.`, `  Undo: ${undo}`];
  return [...lines, ...(notes.length > 0 ? [`  ${notes.join(" ")}`] : [])].map(plainLine);
}

/** What could not be searched, with one line for each reason. */
function describeUnread({ name, unread }: Status["environments"][number]): string[] {
  return [...Map.groupBy(unread, ({ reason }) => reason)].map(([reason, all]) => {
    const what = all.map((each) => each.what).toSorted();
    return plain(`Not searched in ${name}: ${what.join(", ")}: ${reason.replace(/\.$/, "")}.`);
  });
}

type Row = ServiceInEnvironment & { readonly service: string };

function serviceColumns({ color }: PrintOptions): Column<Row>[] {
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
    { title: "DECLARED", text: describeDeclared },
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

function describeDeclared({ declared, retired, skipped }: Row): string {
  if (retired) return "retired";
  return skipped ? "skipped" : shortImage(declared?.image ?? null);
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

function describeHealth({ runs, alarms, findings, skipped }: Row): string {
  if (skipped && runs.state === "nothing known") return "–";
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

function describeAutomatic(automatic: Status["automatic"]): string[] {
  if (automatic.state === "out of reach") return [`Automatic promotions: out of reach. ${automatic.reason}`];
  if (automatic.state !== "known") return [];
  return automatic.value.flatMap(({ service, to, image, waitsFor }) =>
    plain(`${service} ${shortImage(image)}, to ${to}: waits for ${describeWaitReason(waitsFor)}.`),
  );
}

function describeWaiting(waiting: Status["waiting"], { width }: PrintOptions): string[] {
  if (waiting.state === "out of reach") return [`Open pull requests: out of reach. ${waiting.reason}`];
  if (waiting.state !== "known" || waiting.value.length === 0) return ["No pull request waits."];
  const columns: Column<WaitingPull>[] = [
    { title: "PR", text: ({ number }) => `#${number}` },
    { title: "INTO", text: ({ base }) => base, optional: 2 },
    { title: "TITLE", text: ({ title }) => title },
    { title: "WAITS FOR", text: (pull) => describeWaitReason(waitReasonOf(pull)) },
    { title: "SINCE (UTC)", text: ({ since }) => since.slice(0, 16).replace("T", " "), optional: 1 },
    { title: "URL", text: ({ url }) => url, optional: 3 },
  ];
  return [...table(columns, waiting.value, width), ...describeWaves(waiting.value)];
}

/** How to approve releases of one service that wait for a review in several environments. */
function describeWaves(pulls: readonly WaitingPull[]): string[] {
  const releases = pulls.flatMap((pull) => {
    const environment = environmentNameIn(pull.base);
    if (environment === undefined || waitReasonOf(pull).state !== "review") return [];
    const prefix = releaseBranch(environment, "");
    return pull.head.startsWith(prefix) ? [{ environment, unit: pull.head.slice(prefix.length) }] : [];
  });
  return [...Map.groupBy(releases, ({ unit }) => unit)].flatMap(([unit, wave]) => {
    if (wave.length < 2) return [];
    const where = wave.map(({ environment }) => environment).join(", ");
    return plain(`${unit} waits for approval in ${where}. To approve them together: gitops approve ${unit} --all`);
  });
}
