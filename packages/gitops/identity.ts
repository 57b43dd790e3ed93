import { execa } from "execa";
import { trimSecret } from "@gitops-platform/environments/keys";
import type { Identity } from "./git/commits";
import { personal } from "@gitops-platform/clients/git/environment";
import type { GitHub } from "./github/client";
import type { Target } from "./target";

/** Who runs a command and for whom, by the variables of the process. It is read once, for the session. */
export interface Invocation {
  /**
   * The App that a workflow runs the command as, by its login `<slug>[bot]`. Undefined if a person runs it, with a
   * token of their own.
   */
  readonly bot: string | undefined;
  /** Who started the workflow. */
  readonly requesters: Requesters;
  /** Where alerts are sent; undefined: nowhere. */
  readonly alertsUrl: string | undefined;
}

/** Who started a workflow, by the variables in which workflows pass it; "" if a variable is not set. */
export interface Requesters {
  /** Who started this attempt: `github.triggering_actor`. */
  readonly GITOPS_REQUESTED_BY: string;
  /** Who first started the run, with its inputs: `github.actor`. Someone else, if this attempt is a re-run. */
  readonly GITOPS_STARTED_BY: string;
}

/** Reads the variables that {@link Invocation} describes. */
export function readInvocation(env: NodeJS.ProcessEnv): Invocation {
  const alertsUrl = trimSecret(env.GITOPS_ALERTS_URL ?? "");
  return {
    bot: env.GITOPS_BOT === "" ? undefined : env.GITOPS_BOT,
    requesters: {
      GITOPS_REQUESTED_BY: env.GITOPS_REQUESTED_BY ?? "",
      GITOPS_STARTED_BY: env.GITOPS_STARTED_BY ?? "",
    },
    alertsUrl: alertsUrl === "" ? undefined : alertsUrl,
  };
}

/** The author of a command's commits. */
export interface Actor {
  readonly identity: Identity;
  /** The logins of {@link Requesters}, each once. Empty outside workflows. */
  readonly requestedBy: readonly string[];
}

/**
 * Finds the author of a command's commits: the App that runs it, or else the identity that Git is configured with, or
 * else the owner of the token.
 * @throws if Git has no identity and the token has no owner.
 */
export async function findActor(
  github: GitHub,
  { server }: Target,
  { bot, requesters }: Pick<Invocation, "bot" | "requesters">,
): Promise<Actor> {
  const requestedBy = [...new Set(Object.values(requesters) as string[])].filter((login) => login !== "");
  const noReply = (login: string) => `${login}@users.noreply.${new URL(server).hostname}`;
  if (bot !== undefined) return { identity: { name: bot, email: noReply(bot) }, requestedBy };
  const own = await ownIdentity();
  if (own) return { identity: own, requestedBy };
  const { data } = await github.rest.users.getAuthenticated();
  return { identity: { name: data.name ?? data.login, email: data.email ?? noReply(data.login) }, requestedBy };
}

async function ownIdentity(): Promise<Identity | undefined> {
  // Without useConfigOnly, Git derives an address from the machine's name.
  const { stdout } = await execa("git", ["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"], {
    env: personal(),
    extendEnv: false,
    reject: false,
  });
  const [, name, email] = /^(.+) <(.+)> \d+ [-+]\d+$/.exec(stdout) ?? [];
  return name !== undefined && email !== undefined ? { name, email } : undefined;
}
