import type { Command } from "commander";
import { renderCheckout } from "../chart/revision";
import { Failure } from "@gitops-platform/contract/failure";
import { localGraph } from "../graph";
import type { CommonOptions } from "../session";
import { nameProblems } from "../values/files";

interface Options extends CommonOptions {
  readonly env: string;
  readonly json?: boolean;
}

/** `gitops render`: writes the manifests for a pull request into an approval branch that is made by hand. */
export function addRender(program: Command): void {
  program
    .command("render")
    .argument("[service...]", "the services (default: all of the environment)")
    .description("write manifests/ in a checkout of env/<name>, for pull requests into it that are made by hand")
    .requiredOption("--env <name>", "the environment, one that waits for approvals")
    .option("--json", "print what was written as JSON")
    .action(async (services: string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      check(services, options.env);
      const written = await renderCheckout(".", options.env, services);
      if (options.json === true) process.stdout.write(`${JSON.stringify(written, undefined, 2)}\n`);
      else process.stdout.write(written.map(({ path, state }) => `${path}: ${state}\n`).join(""));
    });
}

function check(services: readonly string[], env: string): void {
  const approved = localGraph().approved;
  const environment = approved.includes(env)
    ? []
    : [
        `env: got ${JSON.stringify(env)}; expected one that waits for approvals: ${approved.join(", ")}. ` +
          "Argo CD itself renders the others.",
      ];
  const problems = [...environment, ...services.flatMap((service) => nameProblems({ service }))];
  if (problems.length > 0) throw new Failure(...problems);
}
