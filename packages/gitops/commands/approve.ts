import type { Command } from "commander";
import { Failure } from "@gitops-platform/contract/failure";
import { CHARTS } from "@gitops-platform/contract/paths";
import { plain, plainLine } from "../display";
import { openReleasesOf, requireOpenRelease } from "../github/release-pulls";
import { type ApiSession, type CommonOptions, findApiSession } from "../session";
import { checkNames } from "../values/files";

interface Options extends CommonOptions {
  readonly env?: string;
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
    .option("--env <environment>", "the environment of the release (default: the only one with an open release)")
    .option("--json", "print the result as JSON")
    .action(async (service: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      // `charts` is not a valid service name.
      checkNames({ ...(service !== CHARTS && { service }), ...(options.env !== undefined && { env: options.env }) });
      const session = await findApiSession(options);
      const approved = await approve(session, service, options.env ?? (await environmentOf(session, service)));
      const next = "the workflow Release merges it when its checks succeed";
      const line = `${approved.by ?? "You"} approved ${approved.url}: ${next}.`;
      process.stdout.write(`${options.json === true ? JSON.stringify(approved) : line}\n`);
    });
}

/** The environment with an open release of a service. Its approver must choose if there are several. */
async function environmentOf(session: ApiSession, service: string): Promise<string> {
  const found = (await openReleasesOf(session, service)).map(({ environment }) => environment);
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  const got = found.length === 0 ? "no open release" : `open releases into ${found.join(", ")}`;
  throw new Failure(`${service}: got ${got}; expected one. ${more.length > 0 ? "Add --env." : "See: gitops status"}`);
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
