import type { Command } from "commander";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { renderDelivery } from "../catalogue/checkout";
import { localGraph } from "../graph";
import type { CommonOptions } from "../session";

interface Options extends CommonOptions {
  readonly env?: string;
  readonly json?: boolean;
}

/** `gitops service`: the commands for the catalogue. */
export function addService(program: Command): void {
  const service = program.command("service").description("work with the catalogue of services");
  addServiceRender(service);
}

/** `gitops service render`: writes what delivers the declared services, for a pull request that is made by hand. */
function addServiceRender(service: Command): void {
  service
    .command("render")
    .description("write delivery/ in a checkout from services/, for pull requests that are made by hand")
    .option("--env <name>", "an environment that waits for approvals, in a checkout of env/<name> (default: main)")
    .option("--json", "print what was written as JSON")
    .action(async (_: unknown, command: Command) => {
      const { env, json } = command.optsWithGlobals<Options>();
      const graph = localGraph();
      if (env !== undefined && !graph.approved.includes(env)) {
        const fix = "Leave it out for the others, whose files are on main.";
        throw new Failure(
          `env: got ${JSON.stringify(env)}; expected one that waits for approvals: ${graph.approved.join(", ")}. ${fix}`,
        );
      }
      const written = await renderDelivery(".", env === undefined ? "main" : environmentBranch(env), graph);
      if (json === true) process.stdout.write(`${JSON.stringify(written, undefined, 2)}\n`);
      else process.stdout.write(written.map(({ path, state }) => `${path}: ${state}\n`).join(""));
    });
}
