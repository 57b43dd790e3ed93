import type { Command } from "commander";
import { CHARTS } from "@gitops-platform/contract/paths";
import { plain, plainLine } from "../display";
import { requireOpenRelease } from "../github/release-pulls";
import { type ApiSession, type CommonOptions, findApiSession } from "../session";
import { checkNames } from "../values/files";

interface Options extends CommonOptions {
  readonly env: string;
  readonly json?: boolean;
}

/** The approval, as plain JSON. */
export interface Approved {
  readonly service: string;
  readonly environment: string;
  /** The release's pull request. */
  readonly number: number;
  readonly url: string;
  /** The approved commit. */
  readonly commit: string;
  /** The login of the approver; null if GitHub does not return it. */
  readonly by: string | null;
}

/** `gitops approve`: the same as GitHub's button, in a terminal. */
export function addApprove(program: Command): void {
  program
    .command("approve <service>")
    .description("approve the open release of a service, or of `charts`")
    .option("--env <environment>", "the environment of the release", "prod")
    .option("--json", "print the result as JSON")
    .action(async (service: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      // `charts` is not a valid service name.
      checkNames({ ...(service !== CHARTS && { service }), env: options.env });
      const session = await findApiSession(options);
      const approved = await approve(session, service, options.env);
      const line = `${approved.by ?? "You"} approved ${approved.url}: the workflow Release merges it when its checks succeed.`;
      process.stdout.write(`${options.json === true ? JSON.stringify(approved) : line}\n`);
    });
}

/**
 * Prints a release and approves exactly the printed commit.
 * @throws {Failure} if there is no open release.
 */
export async function approve(session: ApiSession, service: string, environment: string): Promise<Approved> {
  const { github, repository, log } = session;
  const pull = await requireOpenRelease(session, environment, service);
  const { number, url, head: commit } = pull;
  log(`${plain(pull.title)}\n\n${pull.body.split("\n").map(plainLine).join("\n")}\n`);
  const review = { ...repository, pull_number: number, commit_id: commit, event: "APPROVE" as const };
  const { data } = await github.rest.pulls.createReview(review);
  return { service, environment, number, url, commit, by: data.user?.login ?? null };
}
