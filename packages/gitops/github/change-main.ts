import { isAncestor, mergedTree, tipOf, withFiles } from "../git/commits";
import { remoteBranch } from "../git/refs";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { makeCommit } from "./make-commit";
import { type MergeResult, mergeWhenReady } from "./merging";
import { BranchOutdated } from "./pulls";

/** A change of `main` by a pull request. */
export interface MainChange {
  /** The new texts of files by path; null deletes a file. */
  readonly texts: ReadonlyMap<string, string | null>;
  /** Commits that are merged with it, so that `main` has their messages. Default: none. */
  readonly commits?: readonly string[];
  /** The commit's subject and the pull request's title. */
  readonly subject: string;
  /** The whole commit message. */
  readonly message: string;
  /** The pull request's body, in Markdown. */
  readonly body: string;
  /** Called before the merge, because checks can take long. Throws if the change must not be merged any more. */
  readonly recheck?: () => Promise<void>;
}

/**
 * Merges a change into `main` by a pull request. An existing branch or pull request with exactly this change is used
 * again, so a repeated call changes nothing. Any other content of the branch is replaced.
 * @param branch The change's own branch.
 * @param plan Computes the change for a commit of `main`, again each time `main` or the branch has moved.
 * @returns undefined if `main` already has the change.
 */
export async function changeMain(
  session: Session,
  branch: string,
  plan: (main: string) => Promise<MainChange>,
  waiting: Waiting,
): Promise<MergeResult | undefined> {
  const { clone } = session;
  for (let races = 1; ; races++) {
    await clone.fetch();
    const main = await tipOf(clone, "main");
    const change = await plan(main);
    const pushed = await pushChange(session, branch, main, change);
    if (pushed.state === "already") return undefined;
    const { subject, message, body, recheck } = change;
    const below = message.slice(message.indexOf("\n")).trim();
    try {
      const request = { branch, base: "main", title: subject, body, message: below, recheck };
      if (pushed.state === "pushed") return await mergeWhenReady(session, { ...request, head: pushed.head }, waiting);
    } catch (error) {
      if (!(error instanceof BranchOutdated)) throw error;
      session.log(`${error.message} Making it again.`);
    }
    await waiting.afterRace(races);
  }
}

/** What became of a change: its branch has it, `main` has it already, or somebody else pushed at the same time. */
type Pushed = { readonly state: "pushed"; readonly head: string } | { readonly state: "already" | "raced" };

/**
 * Pushes a change of `main` to a branch. A branch that has exactly this change stays as it is; any other content is
 * replaced.
 */
export async function pushChange(
  session: Session,
  branch: string,
  main: string,
  { texts, commits = [], message }: Pick<MainChange, "texts" | "commits" | "message">,
): Promise<Pushed> {
  const { clone } = session;
  const tree = await withFiles(clone, main, texts);
  if (tree === (await clone.git("rev-parse", `${main}^{tree}`))) return { state: "already" };
  const isReady = async (commit: string) => {
    if ((await mergedTree(clone, main, commit)) !== tree) return false;
    const contained = await Promise.all(commits.map((part) => isAncestor(clone, part, commit)));
    return contained.every((is) => is);
  };
  const tip = await clone.resolve(remoteBranch(branch));
  if (tip !== undefined && (await isReady(tip))) return { state: "pushed", head: tip };
  const [first, second] = commits;
  const isWhole = first !== undefined && second === undefined && (await isReady(first));
  const commit = isWhole ? first : await makeCommit(session, { tree, parents: [main, ...commits], message });
  const isMoved = await clone.push({ ref: `refs/heads/${branch}`, to: commit, from: tip ?? null });
  return isMoved ? { state: "pushed", head: commit } : { state: "raced" };
}
