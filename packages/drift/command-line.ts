import { Command } from "commander";
import { type Alert, sendAlert } from "@gitops-platform/gitops/alerts";
import { plainLine } from "@gitops-platform/gitops/display";
import { readInvocation } from "@gitops-platform/gitops/identity";
import { comparePulumi, type Comparison } from "./compare";

/** Maximum number of changes in an alert. The run's log lists all of them. */
const LISTED = 10;

/** The command line `drift`, which `npm run drift` runs. */
export function commandLine(): Command {
  return new Command("drift")
    .description("Compares what is there with the program, by the Pulumi CLI, and changes nothing.")
    .argument("<stack>", "for example prod")
    .addHelpText(
      "after",
      "\nExit code 1: something differs, or could not be compared. An alert is sent to GITOPS_ALERTS_URL.",
    )
    .action(run);
}

async function run(stack: string): Promise<void> {
  const log = (message: string) => void process.stderr.write(`${plainLine(message)}\n`);
  const comparison = await comparePulumi(stack);
  const { changes, problems } = comparison;
  for (const change of changes) process.stdout.write(`${plainLine(change)}\n`);
  for (const problem of problems) for (const line of problem.trim().split("\n")) log(line);
  if (changes.length === 0 && problems.length === 0) {
    process.stdout.write(`${stack}: the cluster and the repository match the program.\n`);
    return;
  }
  process.exitCode = 1;
  await sendAlert(alertAbout(stack, comparison, process.env), { ...readInvocation(process.env), log });
}

/** An alert names resources and fields. No value is in it, and no message of a program that failed. */
function alertAbout(stack: string, { changes, problems }: Comparison, env: NodeJS.ProcessEnv): Alert {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = env;
  const run = [GITHUB_SERVER_URL, GITHUB_REPOSITORY, "actions/runs", GITHUB_RUN_ID];
  const about = { service: "platform", environment: stack, url: run.includes(undefined) ? "" : run.join("/") };
  if (problems.length > 0) {
    const what = "The comparison with the program failed; the run's log says why.";
    return { ...about, event: "platform-not-compared", what };
  }
  const rest = changes.length - LISTED;
  const listed = [...changes.slice(0, LISTED).map(plainLine), ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
  const undo = `pulumi up --refresh --stack ${stack}`;
  const what = `The cluster or the repository differs from the program: ${listed}. Undo: ${undo}`;
  return { ...about, event: "platform-drift", what };
}
