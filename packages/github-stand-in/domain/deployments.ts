import type { Git } from "../git/git";
import { mergeCommit } from "../git/merge";
import { isAncestor, readRef } from "../git/refs";
import type { DeploymentRecord, DeploymentState, RepositoryRecord } from "../store/records";
import type { Actor } from "./access/roles";
import { HttpError } from "./errors";
import type { RefUpdates } from "./ref-updates";
import { signature } from "./repository-content";
import { checkState, type Reports } from "./required-checks";

/** A required check of a deployment that has not succeeded. */
export interface MissingContext {
  context: string;
  state: string;
}

/**
 * The checks that prevent the deployment of a commit: those of `required`, or all reported ones if it is not set. An
 * empty list requires none.
 */
export function missingContexts(required: readonly string[] | null | undefined, reports: Reports): MissingContext[] {
  const reported = new Set([
    ...reports.statuses.map(({ context }) => context),
    ...reports.runs.map(({ name }) => name),
  ]);
  return [...(required ?? reported)]
    .map((context) => ({ context, state: checkState({ context }, reports) }))
    .filter(({ state }) => state !== "success");
}

/**
 * Merges the default branch into a ref that is behind, before it is deployed. Returns GitHub's message if it merged:
 * then nothing is deployed, and the client requests the deployment again. Throws 409 if the branches conflict, or if
 * the ref is behind and not a branch, because nothing can be merged into it.
 */
export async function autoMerge(
  updates: RefUpdates,
  { git, record, actor }: { git: Git; record: RepositoryRecord; actor: Actor },
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

/** The current state of a deployment; undefined before its first status. */
function stateOf({ statuses }: DeploymentRecord): DeploymentState | undefined {
  return statuses.at(-1)?.state;
}

/**
 * The deployments that a newer one's success makes inactive: earlier successful ones of its environment, except
 * transient and production ones.
 */
export function superseded(deployments: readonly DeploymentRecord[], newer: DeploymentRecord): DeploymentRecord[] {
  return deployments.filter(
    (other) =>
      other.id < newer.id &&
      other.environment === newer.environment &&
      !other.isTransient &&
      !other.isProduction &&
      stateOf(other) === "success",
  );
}

/** Whether a deployment can be deleted: an active one only if the repository has no other. */
export function isDeletable(deployments: readonly DeploymentRecord[], deployment: DeploymentRecord): boolean {
  return deployments.length === 1 || stateOf(deployment) !== "success";
}
