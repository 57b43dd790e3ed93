import { execa } from "execa";
import type { GitHub } from "../github/client";
import { askedBy } from "../requests/asked";
import type { Target } from "../target";
import type { Identity } from "./commits";
import { personal } from "./environment";

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
