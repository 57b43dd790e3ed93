import type { Command } from "commander";
import { CHARTS } from "../../contract/paths";
import { plain, plainLine } from "../display";
import { Failure } from "../errors";
import { openRelease } from "../github/release-pulls";
import { type ApiSession, apiSession, type CommonOptions } from "../session";
import { findTarget } from "../target";
import { checkNames } from "../values/files";

interface Options extends CommonOptions {
  readonly env: string;
  readonly json?: boolean;
}

/** What was approved. Plain JSON. */
export interface Approved {
  readonly service: string;
  readonly environment: string;
  /** The release's pull request. */
  readonly number: number;
  readonly url: string;
  /** The commit that is approved, and no other. */
  readonly commit: string;
  /** The login of the person who approved; null where GitHub does not say. */
  readonly by: string | null;
}

/** `gitops approve`: what the button on GitHub does, for people in a terminal. */
export function addApprove(program: Command): void {
  program
    .command("approve <service>")
    .description("approve the release of a service that waits; `charts` names the charts")
    .option("--env <environment>", "the environment that it waits for", "prod")
    .option("--json", "print the result as JSON")
    .action(async (service: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      // The charts' release is approved as a service's is.
      checkNames({ ...(service !== CHARTS && { service }), env: options.env });
      const session = apiSession(await findTarget({ repository: options.repo }));
      const approved = await approve(session, service, options.env);
      const line = `${approved.by ?? "You"} approved ${approved.url}: the workflow Release merges it when its checks agree.`;
      process.stdout.write(`${options.json === true ? JSON.stringify(approved) : line}\n`);
    });
}

/**
 * Approves exactly the commit that is shown: what is pushed after that is not approved.
 * @throws {Failure} where nothing of that service waits.
 */
export async function approve(session: ApiSession, service: string, environment: string): Promise<Approved> {
  const { github, repository, say } = session;
  const pull = await openRelease(session, environment, service);
  if (!pull) {
    throw new Failure(`${service}: got no open release into env/${environment}; expected one. See: gitops status`);
  }
  const { number, url, head: commit } = pull;
  say(`${plain(pull.title)}\n\n${pull.body.split("\n").map(plainLine).join("\n")}\n`);
  const review = { ...repository, pull_number: number, commit_id: commit, event: "APPROVE" as const };
  const { data } = await github.rest.pulls.createReview(review);
  return { service, environment, number, url, commit, by: data.user?.login ?? null };
}
