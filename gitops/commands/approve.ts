import type { Command } from "commander";
import { CHARTS } from "../../environments/service-name";
import { plain, plainLine } from "../display/text";
import { Failure } from "../failure";
import { type ApiSession, apiSession, type CommonOptions } from "../session";
import { findTarget } from "../target";
import { checkNames } from "../values/files";

interface Options extends CommonOptions {
  readonly env: string;
}

/** `gitops approve`: what the button on GitHub does, for whoever is in a terminal. */
export function addApprove(program: Command): void {
  program
    .command("approve <service>")
    .description("approve the release of a service that waits; `charts` names the charts")
    .option("--env <environment>", "the environment that it waits for", "prod")
    .action(async (service: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      // The charts' release is approved as a service's is.
      checkNames({ ...(service !== CHARTS && { service }), env: options.env });
      const session = apiSession(await findTarget({ repository: options.repo }));
      process.stdout.write(`${await approve(session, service, options.env)}\n`);
    });
}

/**
 * Approves exactly the commit that is shown: what is pushed after that is not approved.
 * @returns what to tell.
 * @throws {Failure} where nothing of that service waits.
 */
export async function approve(session: ApiSession, service: string, environment: string): Promise<string> {
  const { github, repository, say } = session;
  const head = `${repository.owner}:release/${environment}/${service}`;
  // Into that branch: whoever can push can open one from the same branch into another.
  const base = `env/${environment}`;
  const { data: found } = await github.rest.pulls.list({ ...repository, head, base, state: "open" });
  const pull = found[0];
  if (!pull) throw new Failure(`${service}: got no open release into ${base}; expected one. See: gitops status`);
  say(`${plain(pull.title)}\n\n${(pull.body ?? "").split("\n").map(plainLine).join("\n")}\n`);
  const review = { ...repository, pull_number: pull.number, commit_id: pull.head.sha, event: "APPROVE" as const };
  const { data } = await github.rest.pulls.createReview(review);
  return `${data.user?.login ?? "You"} approved ${pull.html_url}: it is merged when both checks agree.`;
}
