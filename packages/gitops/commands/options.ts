import { type Command, InvalidArgumentError, Option } from "commander";
import { Failure } from "@gitops-platform/contract/failure";

/**
 * Adds the option that names the clusters to ask, separated by commas or repeated. GITOPS_CLUSTERS is its default, so
 * that a shell can ask the same clusters each time.
 */
export function withClusters(command: Command): Command {
  return command.addOption(
    new Option(
      "--cluster <env=kubeconfig[:context]>",
      "ask this cluster's Argo CD instead of GitHub (repeatable; only in a checkout of gitops-platform)",
    )
      .env("GITOPS_CLUSTERS")
      .default([])
      .argParser((value, all: string[]) => [...all, ...value.split(",").filter((text) => text !== "")]),
  );
}

/** The bundle's refusal of an option that only a checkout of this project can do. */
export function needsCheckout(command: string, option: string, value: string): Failure {
  return new Failure(
    `${option}: got ${JSON.stringify(value)}; expected it only in a checkout of gitops-platform. ` +
      `This is the bundle of the GitOps repository. Run npx gitops ${command} in a checkout.`,
  );
}

/** Reads the number of a pull request from the command line. */
export function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Expected a number, such as 12.");
  return Number(text);
}
