import type { Command } from "commander";
import { localGraph } from "../graph";
import { readIdentityToken, requireBumper } from "../requests/requesters";
import { bump } from "../versions/bump";
import { nameProblems } from "../values/files";
import { digestProblem, tagProblem } from "@gitops-platform/contract/values/image";
import { type ChangeOptions, runChange, withChangeOptions } from "./change";

interface BumpOptions extends ChangeOptions {
  readonly tag: string;
  readonly digest?: string;
  readonly env?: string;
  readonly wait?: boolean;
}

/** `gitops bump`: CI's new image into the first environment. */
export function addBump(program: Command): void {
  const command = program
    .command("bump")
    .description("request a new image tag for an environment; in a workflow it waits for `gitops land`")
    .argument("<service>", "the service, as its values file is called")
    .requiredOption("--tag <tag>", "the image tag, such as sha-a1b2c3d")
    .option("--digest <digest>", "the image digest, sha256:…; without it, an earlier one is removed")
    .option("--env <name>", "the environment (default: the first one)")
    .option("--wait", "wait until the queued bump is merged, and fail if it is refused; never in the workflow Bump");
  withChangeOptions(command).action(async (service: string) => {
    const first = localGraph().entry;
    const { tag, digest, env = first, wait, ...options } = command.optsWithGlobals<BumpOptions>();
    const problems = [
      ...nameProblems({ service, env }),
      env === first ? undefined : laterProblem(env, first),
      tagProblem(tag),
      digest === undefined ? undefined : digestProblem(digest),
    ];
    const order = { service, environment: env, version: { tag, digest } };
    await runChange(options, problems, async (session, waiting) => {
      await requireBumper(session, order, readIdentityToken(process.env.GITHUB_EVENT_PATH));
      return bump(session, order, waiting, { wait: wait === true });
    });
  });
}

function laterProblem(env: string, first: string): string | undefined {
  if (!localGraph().has(env)) return undefined;
  return `env: got ${env}; expected ${first}, where every version begins. Promote it from there with gitops promote.`;
}
