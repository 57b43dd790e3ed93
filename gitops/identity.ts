import { execa } from "execa";
import type { Identity } from "./git/commits";
import { personal } from "./git/environment";
import type { GitHub } from "./github/client";
import type { Target } from "./target";

/** The person who runs a command. */
export interface Person {
  /** What commits are signed off with. */
  readonly identity: Identity;
  /**
   * Who started the workflow that runs the command, by login, and who started its run first; nobody outside workflows.
   */
  readonly requestedBy: readonly string[];
  /** The App that a workflow acts as, by its login `<slug>[bot]`; undefined for a person. */
  readonly bot: string | undefined;
}

/**
 * Who commits: the App that a workflow names (`GITOPS_BOT`), else whom git would name (its variables, then `user.name`
 * and `user.email`), else the token's owner.
 * @throws where the token has no owner and nothing else says who it is.
 */
export async function whoRuns(github: GitHub, { server }: Target, env = process.env): Promise<Person> {
  const { GITOPS_REQUESTED_BY: by, GITOPS_STARTED_BY: first } = askedBy(env);
  const requestedBy = [...new Set([by, first])].filter((login) => login !== "");
  const noReply = (login: string) => `${login}@users.noreply.${new URL(server).hostname}`;
  const bot = env.GITOPS_BOT;
  if (bot !== undefined && bot !== "") return { identity: { name: bot, email: noReply(bot) }, requestedBy, bot };
  const own = await ownIdentity();
  if (own) return { identity: own, requestedBy, bot: undefined };
  const { data } = await github.rest.users.getAuthenticated();
  const identity = { name: data.name ?? data.login, email: data.email ?? noReply(data.login) };
  return { identity, requestedBy, bot: undefined };
}

async function ownIdentity(): Promise<Identity | undefined> {
  // Without useConfigOnly, git makes up an address from the machine's name.
  const { stdout } = await execa("git", ["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"], {
    env: personal(),
    extendEnv: false,
    reject: false,
  });
  const [, name, email] = /^(.+) <(.+)> \d+ [-+]\d+$/.exec(stdout) ?? [];
  return name !== undefined && email !== undefined ? { name, email } : undefined;
}

/** Who is behind a workflow's run, by the variables in which workflows pass what GitHub says. */
export interface Asked {
  /** Who started this attempt: `github.triggering_actor`. */
  readonly GITOPS_REQUESTED_BY: string;
  /** Who started the run first, with its inputs: `github.actor`. Another, where somebody runs it once more. */
  readonly GITOPS_STARTED_BY: string;
}

/** Reads them from the environment; "" where a variable is not set. */
export function askedBy(env: NodeJS.ProcessEnv = process.env): Asked {
  return { GITOPS_REQUESTED_BY: env.GITOPS_REQUESTED_BY ?? "", GITOPS_STARTED_BY: env.GITOPS_STARTED_BY ?? "" };
}

/** Whether a command runs as a workflow, by the App's key, and not by somebody's own token. */
export function isWorkflow(env: NodeJS.ProcessEnv = process.env): boolean {
  return (env.GITOPS_BOT ?? "") !== "";
}
