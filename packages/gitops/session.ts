import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { Clone, type CloneOptions } from "./git/clone";
import { connect, type GitHub } from "./github/client";
import { localGraph } from "./graph";
import { type Invocation, type Actor, readInvocation, findActor } from "./identity";
import { findTarget, type Target } from "./target";

/** Options that every command has. */
export interface CommonOptions {
  /** `owner/name`, or the repository's URL. */
  readonly repo?: string;
}

/** What a command works with. */
export interface Session extends Invocation {
  readonly target: Target;
  readonly github: GitHub;
  /** `owner` and `repo`, the parameters of most calls to GitHub's API. */
  readonly repository: { readonly owner: string; readonly repo: string };
  readonly clone: Clone;
  /** The environments and the promotions between them. */
  readonly graph: EnvironmentGraph;
  /** The author of the command's commits, and who asked for them. */
  actor(): Promise<Actor>;
  /** Reports progress on stderr. */
  readonly log: (text: string) => void;
}

/** A session without a clone, for commands that read no content. */
export type ApiSession = Omit<Session, "clone" | "graph" | "actor">;

/** Runs a command with a clone of its repository, and removes the clone afterwards. */
export async function withSession<T>(
  options: CommonOptions,
  work: (session: Session) => Promise<T>,
  cloneOptions?: CloneOptions,
): Promise<T> {
  return withTarget(await findTarget({ repository: options.repo }), readInvocation(process.env), work, cloneOptions);
}

/** Runs a command on a known repository. */
export async function withTarget<T>(
  target: Target,
  invocation: Invocation,
  work: (session: Session) => Promise<T>,
  cloneOptions?: CloneOptions,
): Promise<T> {
  const api = apiSession(target, invocation);
  const use = (clone: Clone) =>
    work({ ...api, clone, graph: localGraph(), actor: () => findActor(api.github, target, invocation) });
  return Clone.with(target, use, cloneOptions);
}

/** A session for a command that needs GitHub's API only. */
export async function findApiSession(options: CommonOptions, env = process.env): Promise<ApiSession> {
  return apiSession(await findTarget({ repository: options.repo, env }), readInvocation(env));
}

function apiSession(target: Target, invocation: Invocation): ApiSession {
  const repository = { owner: target.owner, repo: target.name };
  return { ...invocation, target, github: connect(target, log), repository, log };
}

/** Reports progress on stderr, because stdout is for results. */
export function log(text: string): void {
  process.stderr.write(`${text}\n`);
}
