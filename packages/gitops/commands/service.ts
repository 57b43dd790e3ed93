import type { Command } from "commander";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { renderDelivery } from "../catalogue/checkout";
import { localGraph } from "../graph";
import { addService } from "../catalogue/add";
import type { ServiceOutcome } from "../catalogue/change";
import { moveService } from "../catalogue/move";
import { retireService } from "../catalogue/retire";
import { Waiting } from "../polling";
import { type CommonOptions, type Session, withSession } from "../session";

/** Options of the commands that open a pull request of the catalogue. */
export interface ServiceOptions extends CommonOptions {
  readonly json?: boolean;
}

interface RenderOptions extends ServiceOptions {
  readonly env?: string;
}

/** `gitops service`: the commands for the catalogue. */
export function addServiceCommands(program: Command): void {
  const service = program.command("service").description("work with the catalogue of services");
  addServiceChanges(service);
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
      const { env, json } = command.optsWithGlobals<RenderOptions>();
      const graph = localGraph();
      if (env !== undefined && !graph.approved.includes(env)) {
        throw new Failure(
          `env: got ${JSON.stringify(env)}; expected one that waits for approvals: ${graph.approved.join(", ")}. ` +
            "Leave it out for the others, whose files are on main.",
        );
      }
      const written = await renderDelivery(".", env === undefined ? "main" : environmentBranch(env), graph);
      if (json === true) process.stdout.write(`${JSON.stringify(written, undefined, 2)}\n`);
      else process.stdout.write(written.map(({ path, state }) => `${path}: ${state}\n`).join(""));
    });
}

interface AddOptions extends ServiceOptions {
  readonly team: string;
  readonly env: readonly string[];
  readonly group: readonly string[];
  readonly namespace?: string;
  readonly joins?: string;
  readonly image?: string;
  readonly from?: string;
}

interface RetireOptions extends ServiceOptions {
  readonly env: readonly string[];
  readonly reason: string;
}

/** `gitops service add`, `move` and `retire`: each opens one pull request. */
function addServiceChanges(service: Command): void {
  addAdd(service);
  addMove(service);
  addRetire(service);
}

const MORE = `
A service that has values without a declaration, from an older version of the platform,
gets a declaration and objects; its values stay as they are.

A new service gets values of the service chart. For a chart of its own, a kustomization or
plain manifests, write services/<name>.yaml with source, and its files, by hand; then run
gitops service render. docs/adding-a-service.md of the platform says what they contain.`;

function addAdd(service: Command): void {
  const command = service
    .command("add")
    .description("open the pull request that adds a service: its declaration, values and objects")
    .argument("<name>", "the service")
    .requiredOption("--team <team>", "the team of the GitHub organisation that owns it")
    .option("--env <name>", "an environment that it runs in (repeatable; default: where it has values)", collect, [])
    .option("--namespace <name>", "its namespace (default: its name)")
    .option("--joins <service>", "the service in whose namespace it lives, instead of one of its own")
    .option("--group <name>", "a group of the identity provider that views it in Argo CD (repeatable)", collect, [])
    .option("--image <image>", "<repository>:<tag>, and @<digest> if it has one (default: that of --from)")
    .option("--from <service>", "the service whose values are copied (default: the fewest values that work)")
    .option("--json", "print the result as JSON")
    .addHelpText("after", MORE);
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<AddOptions>();
    const { team, env, namespace, joins, group, image, from } = options;
    const order = { service: name, team, groups: group, namespace, environments: [...new Set(env)], image, from };
    await runService(options, "service", (session, waiting) =>
      addService(session, { ...order, ...(joins !== undefined && { joins }) }, waiting),
    );
  });
}

function addMove(service: Command): void {
  const command = service
    .command("move")
    .description("open the pull request that moves a service into another namespace; the old one is deleted")
    .argument("<name>", "the service")
    .requiredOption("--namespace <name>", "the new namespace")
    .option("--json", "print the result as JSON");
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<ServiceOptions & { readonly namespace: string }>();
    const order = { service: name, namespace: options.namespace };
    await runService(options, "service", (session, waiting) => moveService(session, order, waiting));
  });
}

function addRetire(service: Command): void {
  const command = service
    .command("retire")
    .description("open the pull request that deletes a service's workload, or its declaration once that is done")
    .argument("<name>", "the service")
    .option("--env <name>", "where (repeatable; default: everywhere)", collect, [])
    .requiredOption("--reason <text>", "why; it is recorded")
    .option("--json", "print the result as JSON");
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<RetireOptions>();
    const { env, reason } = options;
    const order = { service: name, environments: env.length > 0 ? [...new Set(env)] : undefined, reason };
    await runService(options, "service", (session, waiting) => retireService(session, order, waiting));
  });
}

function collect(value: string, all: readonly string[]): string[] {
  return [...all, value];
}

/** How long others may move the same branch, in milliseconds. */
const TIMEOUT = 120_000;

/**
 * Runs a command that opens one pull request, and prints what it did.
 * @param what What the outcome is about, as JSON names it.
 */
export async function runService(
  options: ServiceOptions,
  what: "service" | "chart",
  work: (session: Session, waiting: Waiting) => Promise<ServiceOutcome>,
): Promise<void> {
  const outcome = await withSession(options, (session) =>
    work(session, new Waiting(session.log, { timeout: TIMEOUT })),
  );
  const { service, ...rest } = outcome;
  const text = options.json === true ? JSON.stringify({ [what]: service, ...rest }) : describeService(outcome);
  process.stdout.write(`${text}\n`);
}

/** An outcome on one line. */
function describeService({ state, summary, pullRequest, reason = "" }: ServiceOutcome): string {
  const line = {
    opened: `${summary}: opened ${pullRequest?.url ?? ""}. The platform team approves it.`,
    open: `${summary}: waits for the platform team, ${pullRequest?.url ?? ""}`,
    already: `${summary}: nothing to do, it is there already. ${reason}`,
    waits: `${summary}: has to wait. ${reason}`,
  }[state];
  return line.trim();
}
