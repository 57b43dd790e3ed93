import { makeCommit } from "../git/commits";
import { mergedTree } from "../git/queries";
import { land } from "../github/land";
import type { Landed } from "../github/landing";
import { Rebuild } from "../github/obstacles";
import type { Session } from "../session";
import type { Waiting } from "../waiting";
import { tipOf } from "./values-on";
import { remoteBranch } from "../git/refs";

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
