import { writeFileSync } from "node:fs";
import path from "node:path";
import { Command, Option } from "commander";
import { wantsColor } from "../engine/display/printer";
import { EngineError } from "../engine";
import { withRef } from "./against";
import { type Copy, readCopy } from "./copies";
import { evaluateStack, refuseShownSecrets, stacksOf } from "./evaluate";
import { FORMATS, type Format } from "./formats";
import { judged, report, reportSince, type Report } from "./report";
import { mustNotPass, type EnvironmentReview } from "./review";

interface Flags {
  format: Format;
  against?: string;
  write?: Copy[];
  policyPackConfig?: string;
}

const PROJECT = path.join(__dirname, "..");

function commandLine(): Command {
  return new Command("review")
    .description(
      "Evaluates the program and holds it against the policy pack: no cluster, no credentials, nothing is changed.",
    )
    .argument("[environments...]", "which of them (default: all)")
    .addOption(new Option("--format <format>", "of the report").choices(Object.keys(FORMATS)).default("text"))
    .option("--against <ref>", "tell only what changed since a Git ref, for example main")
    .option("--write <format=file>", "the whole report besides, also with --against; may be repeated", readCopy)
    .option("--policy-pack-config <file>", "levels and properties of the rules, in JSON")
    .addHelpText("after", "\nExit code 1: a mandatory rule is broken, or could not be evaluated.")
    .action(run);
}

async function run(names: string[], { format, against, write = [], policyPackConfig }: Flags): Promise<void> {
  const status = (message: string) => void process.stderr.write(`${message}\n`);
  const config = policyPackConfig === undefined ? undefined : path.resolve(policyPackConfig);
  try {
    const result = await makeReport(names, against, config, status);
    for (const copy of write) writeFileSync(copy.file, FORMATS[copy.format](report(result.environments), false));
    process.stdout.write(FORMATS[format](result, wantsColor(process.stdout, process.env)));
    process.exitCode = mustNotPass(judged(result)) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    status(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

async function makeReport(
  names: readonly string[],
  against: string | undefined,
  packConfig: string | undefined,
  status: (message: string) => void,
): Promise<Report> {
  const stacks = chosen(names, PROJECT);
  refuseShownSecrets(PROJECT, stacks);
  const after = await evaluateAll(PROJECT, stacks, packConfig);
  if (against === undefined) return report(after);
  // Today's rules on both programs: a new rule's findings are not the change's.
  const before = await withRef(PROJECT, against, status, (folder) => {
    const there = stacksOf(folder);
    return evaluateAll(folder, names.length === 0 ? there : there.filter((name) => names.includes(name)), packConfig);
  });
  return reportSince(against, before, after);
}

function evaluateAll(
  projectDir: string,
  stacks: string[],
  packConfig: string | undefined,
): Promise<EnvironmentReview[]> {
  const packDir = path.join(PROJECT, "policy");
  return Promise.all(stacks.map((stack) => evaluateStack({ projectDir, stack, packDir, packConfig })));
}

function chosen(names: readonly string[], projectDir: string): string[] {
  const known = stacksOf(projectDir);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names.length === 0 ? known : known.filter((name) => names.includes(name));
  throw new EngineError(
    `environment: got ${unknown.join(", ")}; expected ${known.join(", ")}. Name one of them, or none.`,
  );
}

void commandLine().parseAsync();
