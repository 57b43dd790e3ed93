import { Clone, type CloneOptions } from "./git/clone";
import { type Person, whoRuns } from "./identity";
import { connect, type GitHub } from "./github/client";
import { findTarget, type Target } from "./target";

/** Options that every command has. */
export interface CommonOptions {
  /** `owner/name`, or the repository's address. */
  readonly repo?: string;
}

/** What a command works with. */
export interface Session {
  readonly target: Target;
  readonly github: GitHub;
  /** `owner` and `repo`, as calls of GitHub's API want them. */
  readonly repository: { readonly owner: string; readonly repo: string };
  readonly clone: Clone;
  /** Who runs the command; asked for when a commit is made. */
  who(): Promise<Person>;
  /** Tells what is going on, on stderr. */
  readonly say: (text: string) => void;
}

/** What is enough for a command that looks at no content: GitHub's API, without a clone. */
export type ApiSession = Pick<Session, "target" | "github" | "repository" | "say">;

/** GitHub's API for a repository that is found already. */
export function apiSession(target: Target): ApiSession {
  return { target, github: connect(target, say), repository: { owner: target.owner, repo: target.name }, say };
}

/** Runs a command with everything it needs, and removes what that left on this machine. */
export async function withSession<T>(
  options: CommonOptions,
  work: (session: Session) => Promise<T>,
  cloneOptions?: CloneOptions,
): Promise<T> {
  return withTarget(await findTarget({ repository: options.repo }), work, cloneOptions);
}

/** The same for a repository that is found already. */
export async function withTarget<T>(
  target: Target,
  work: (session: Session) => Promise<T>,
  cloneOptions?: CloneOptions,
): Promise<T> {
  const api = apiSession(target);
  const use = (clone: Clone) => work({ ...api, clone, who: () => whoRuns(api.github, target) });
  return Clone.with(target, use, cloneOptions);
}

/** Tells what is going on, on stderr: stdout is for what programs read. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
