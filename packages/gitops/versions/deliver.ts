import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";
import { mergedTree, withFiles } from "../git/commits";
import { remoteBranch } from "../git/refs";
import { makeCommit } from "../github/make-commit";
import { type MergeResult, mergeWhenReady } from "../github/merging";
import { BranchOutdated } from "../github/pulls";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { parseValuesPath, type ValuesFile, valuesFolder, valuesPath } from "@gitops-platform/contract/paths";

/** A change of one file for `main`, on its own branch. */
export interface Delivery {
  readonly branch: string;
  readonly path: string;
  /** Returns the file's new text, given its text on `main`. */
  readonly rewrite: (text: string) => string;
  /** The commit's subject and the pull request's title. */
  readonly subject: string;
  /** The whole commit message. */
  readonly message: string;
  /** The pull request's body, in Markdown. */
  readonly body: string;
}

/**
 * Merges a change of one file into `main` by a pull request. An existing branch or pull request with exactly this
 * change is used again, so repeating a delivery changes nothing. Any other content of the branch is replaced.
 * @returns undefined if `main` already has the change.
 */
export async function deliver(
  session: Session,
  delivery: Delivery,
  waiting: Waiting,
): Promise<MergeResult | undefined> {
  const { clone } = session;
  const { branch, subject, message, body } = delivery;
  const below = message.slice(message.indexOf("\n")).trim();
  for (let races = 1; ; races++) {
    await clone.fetch();
    const head = await bring(session, delivery);
    if (head === "already") return undefined;
    try {
      const request = { branch, base: "main", head: head ?? "", title: subject, body, message: below };
      if (head !== undefined) return await mergeWhenReady(session, request, waiting);
    } catch (error) {
      if (!(error instanceof BranchOutdated)) throw error;
      session.log(`${error.message} Making it again.`);
    }
    await waiting.afterRace(races);
  }
}

/** Pushes the change to its branch. Returns the commit; undefined if somebody else pushed to it at the same time. */
async function bring(session: Session, { branch, path, rewrite, message }: Delivery): Promise<string | undefined> {
  const { clone } = session;
  const main = await tipOf(clone, "main");
  const before = (await clone.read(main, path)) ?? "";
  const after = rewrite(before);
  if (after === before) return "already";
  const tree = await withFiles(clone, main, new Map([[path, after]]));
  const tip = await clone.resolve(remoteBranch(branch));
  if (tip !== undefined && (await mergedTree(clone, main, tip)) === tree) return tip;
  const commit = await makeCommit(session, { tree, parents: [main], message });
  const isMoved = await clone.push({ ref: `refs/heads/${branch}`, to: commit, from: tip ?? null });
  return isMoved ? commit : undefined;
}

/**
 * A service's values at a revision.
 * @throws {Failure} where there are none, with the services that there are.
 */
export async function valuesOn(clone: Clone, revision: string, file: ValuesFile): Promise<string> {
  const path = valuesPath(file);
  const text = await clone.read(revision, path);
  if (text !== undefined) return text;
  const paths = await clone.list(revision, `${valuesFolder(file.environment)}/`);
  const services = paths.flatMap((found) => parseValuesPath(found)?.service ?? []);
  const rule = services.length > 0 ? `one of ${services.join(", ")}` : "a service with values there";
  throw new Failure(`service: got ${file.service}, but there is no ${path}; expected ${rule}. Add the file first.`);
}

/** The tip of a branch on the remote, as it was fetched last. Throws {@link Failure} where there is none. */
export async function tipOf(clone: Clone, branch: string): Promise<string> {
  const tip = await clone.resolve(remoteBranch(branch));
  if (tip === undefined)
    throw new Failure(`The repository has no branch ${branch}. Run gitops on a GitOps repository.`);
  return tip;
}
