import { writeFileSync } from "node:fs";
import path from "node:path";
import { Command, Option } from "commander";
import { wantsColor } from "@gitops-platform/engine/printer";
import { EngineError } from "@gitops-platform/engine";
import { withRef } from "./against";
import { type Copy, readCopy } from "./copies";
import { evaluateStack, rejectPlainTextSecrets, stacksOf, type Subject } from "./evaluate";
import { FORMATS, type Format } from "./formats";
import { resultsOf, report, reportSince, type Report } from "./report";
import { isBlocked, type EnvironmentReview } from "./review";

interface Flags {
  format: Format;
  against?: string;
  write?: Copy[];
  policyPackConfig?: string;
  gitopsRepository?: string;
}

const PROJECT = path.join(__dirname, "..", "..");

/** The command line `review`, which `npm run review` runs. */
export function commandLine(): Command {
  return new Command("review")
    .description(
      "Evaluates the program and checks it with the policy pack. Needs no cluster and no credentials, changes nothing.",
    )
    .argument("[environments...]", "the environments to review (default: all)")
    .addOption(new Option("--format <format>", "format of the report").choices(Object.keys(FORMATS)).default("text"))
    .option("--against <ref>", "report only changes since a Git ref, for example main")
    .option("--write <format=file>", "also write the full report to a file, even with --against; repeatable", readCopy)
    .option("--policy-pack-config <file>", "JSON file with enforcement levels and properties of the rules")
    .option("--gitops-repository <folder>", "also check the catalogue's files, in a clone of the GitOps repository")
    .addHelpText("after", "\nExit code 1: a mandatory rule is violated, or could not be evaluated.")
    .action(run);
}

async function run(
  names: string[],
  { format, against, write = [], policyPackConfig, gitopsRepository }: Flags,
): Promise<void> {
  const status = (message: string) => void process.stderr.write(`${message}\n`);
  const subject: Checked = {
    packDir: path.join(PROJECT, "packages", "policy"),
    packConfig: policyPackConfig === undefined ? undefined : path.resolve(policyPackConfig),
    gitopsRepository: gitopsRepository === undefined ? undefined : path.resolve(gitopsRepository),
  };
  try {
    const result = await makeReport(names, against, subject, status);
    for (const copy of write) writeFileSync(copy.file, FORMATS[copy.format](report(result.environments), false));
    process.stdout.write(FORMATS[format](result, wantsColor(process.stdout, process.env)));
    process.exitCode = isBlocked(resultsOf(result)) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    status(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

async function makeReport(
  names: readonly string[],
  against: string | undefined,
  checked: Checked,
  status: (message: string) => void,
): Promise<Report> {
  const stacks = selectStacks(names, PROJECT);
  rejectPlainTextSecrets(PROJECT, stacks);
  const after = await evaluateAll(PROJECT, stacks, checked);
  if (against === undefined) return report(after);
  // Both programs are checked with the current rules, so that violations of a new rule do not count as changes.
  const before = await withRef(PROJECT, against, status, (folder) => {
    const former = stacksOf(folder);
    return evaluateAll(folder, names.length === 0 ? former : former.filter((name) => names.includes(name)), checked);
  });
  return reportSince(against, before, after);
}

/** What is evaluated of every program, and with what. */
type Checked = Omit<Subject, "projectDir" | "stack">;

function evaluateAll(projectDir: string, stacks: string[], checked: Checked): Promise<EnvironmentReview[]> {
  return Promise.all(stacks.map((stack) => evaluateStack({ projectDir, stack, ...checked })));
}

function selectStacks(names: readonly string[], projectDir: string): string[] {
  const known = stacksOf(projectDir);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names.length === 0 ? known : known.filter((name) => names.includes(name));
  throw new EngineError(
    `environment: got ${unknown.join(", ")}; expected ${known.join(", ")}. Pass one of these, or none for all.`,
  );
}
