import { Failure } from "../errors";
import type { Clone } from "../git/clone";
import { makeCommit, mergedTree } from "../git/commits";
import { remoteBranch } from "../git/refs";
import { land, type Landed } from "../github/merging";
import { Rebuild } from "../github/pulls";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { parseValuesPath, type ValuesFile, valuesFolder, valuesPath } from "../../contract/paths";

/** One file's change on its way to `main`, on a branch of its own. */
export interface Delivery {
  readonly branch: string;
  readonly path: string;
  /** What the file is to say, given what it says on `main`. */
  readonly rewrite: (text: string) => string;
  /** The commit's subject, and the pull request's title. */
  readonly subject: string;
  /** The whole commit message. */
  readonly message: string;
  /** The pull request's text, Markdown. */
  readonly body: string;
}

/**
 * Brings one file's change into `main`. A branch or pull request that brings exactly this already is taken as it is, so
 * that the same delivery twice is one; anything else on the branch is replaced.
 * @returns undefined where `main` has it already.
 */
export async function deliver(session: Session, delivery: Delivery, waiting: Waiting): Promise<Landed | undefined> {
  const { clone } = session;
  const { branch, subject, message, body } = delivery;
  const below = message.slice(message.indexOf("\n")).trim();
  for (let races = 1; ; races++) {
    await clone.fetch();
    const head = await bring(session, delivery);
    if (head === "already") return undefined;
    try {
      const request = { branch, base: "main", head: head ?? "", title: subject, body, message: below };
      if (head !== undefined) return await land(session, request, waiting);
    } catch (error) {
      if (!(error instanceof Rebuild)) throw error;
      session.say(`${error.message} Making it again.`);
    }
    await waiting.afterRace(races);
  }
}

/**
 * Sees to it that the branch brings the change. Returns its commit; undefined where somebody else moved the branch at
 * the same moment.
 */
async function bring(session: Session, { branch, path, rewrite, message }: Delivery): Promise<string | undefined> {
  const { clone } = session;
  const main = await tipOf(clone, "main");
  const before = (await clone.read(main, path)) ?? "";
  const after = rewrite(before);
  if (after === before) return "already";
  const { identity: author } = await session.who();
  const commit = await makeCommit(clone, { parents: [main], changes: new Map([[path, after]]), message, author });
  const tip = await clone.resolve(remoteBranch(branch));
  const wanted = await clone.git("rev-parse", `${commit}^{tree}`);
  if (tip !== undefined && (await mergedTree(clone, main, tip)) === wanted) return tip;
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
