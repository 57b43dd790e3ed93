import type { Actor } from "../domain/access/authenticator";
import type { Context, WriteTarget } from "../http/context";
import { HttpError } from "../domain/errors";
import { mergeCommit } from "../git/merge";
import { isAncestor, readRef } from "../git/refs";
import { signature } from "../domain/repository-content";

/**
 * Merges the default branch into a ref that is behind, before it is deployed. Returns GitHub's message if it merged:
 * then nothing is deployed, and the client requests the deployment again. Throws 409 if the branches conflict, or if
 * the ref is behind and not a branch, because nothing can be merged into it.
 */
export async function autoMerge(
  { updates }: Pick<Context, "updates">,
  { git, record, actor }: WriteTarget,
  ref: string,
  sha: string,
): Promise<string | undefined> {
  const { default_branch: base } = record.settings;
  const tip = (await readRef(git, `refs/heads/${base}`))?.sha;
  if (tip === undefined || (await isAncestor(git, tip, sha))) return undefined;
  const branch = await readRef(git, `refs/heads/${ref}`);
  const merged = branch && (await mergeCommit(git, sha, tip, mergeText(actor, base, ref)));
  if (!branch || merged === undefined) throw new HttpError(409, `Conflict merging ${base} into ${ref}.`);
  await updates.apply(actor, record, { ref: branch.name, before: sha, after: merged }, { refusedAs: 409 });
  return `Auto-merged ${base} into ${ref} on deployment.`;
}

function mergeText(actor: Actor, base: string, ref: string) {
  const person = signature(actor, undefined);
  return { message: `Merge ${base} into ${ref}`, author: person, committer: person };
}
