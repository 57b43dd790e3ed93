import type { Command } from "commander";
import { addChart, updateChart } from "../catalogue/vendor";
import { pullWithHelm } from "../chart/pull";
import { runService, type ServiceOptions } from "./service";

interface AddOptions extends ServiceOptions {
  readonly from: string;
  readonly chart?: string;
  readonly chartVersion: string;
}

/** `gitops chart`: manages third-party charts in the repository. */
export function addChartCommands(program: Command): void {
  const chart = program.command("chart").description("manage third-party charts in the repository");
  addAdd(chart);
  addUpdate(chart);
}

function addAdd(chart: Command): void {
  const command = chart
    .command("add")
    .description("open the pull request that adds a third-party chart to charts/, unpacked, with its origin")
    .argument("<name>", "its folder below charts/")
    .requiredOption("--from <address>", "a Helm repository, https://…, or a folder of an OCI registry, oci://…")
    .option("--chart <chart>", "the chart's name in the Helm repository or registry (default: <name>)")
    .requiredOption("--chart-version <version>", "one exact version")
    .option("--json", "print the result as JSON");
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<AddOptions>();
    const { from, chart: there = name, chartVersion: version } = options;
    await runService(options, "chart", (session, waiting) =>
      addChart(session, { name, from, chart: there, version }, pullWithHelm(environment()), waiting),
    );
  });
}

function addUpdate(chart: Command): void {
  const command = chart
    .command("update")
    .description("open the pull request that replaces a chart with an origin by another version from the same place")
    .argument("<name>", "its folder below charts/")
    .requiredOption("--chart-version <version>", "one exact version")
    .option("--json", "print the result as JSON");
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<ServiceOptions & { readonly chartVersion: string }>();
    const order = { name, version: options.chartVersion };
    await runService(options, "chart", (session, waiting) =>
      updateChart(session, order, pullWithHelm(environment()), waiting),
    );
  });
}

/** The environment of the person, without variables that have no value. */
function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
