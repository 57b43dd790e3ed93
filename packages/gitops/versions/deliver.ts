import { declarationPath } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { delivered } from "../catalogue/delivered";
import type { Clone } from "../git/clone";
import { isAncestor, mergedTree, withFiles } from "../git/commits";
import { remoteBranch } from "../git/refs";
import { makeCommit } from "../github/make-commit";
import { type MergeResult, mergeWhenReady } from "../github/merging";
import { BranchOutdated } from "../github/pulls";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { imageOfText, pathAt, type ServiceText, textAt } from "../values/at";
import type { Image } from "@gitops-platform/contract/values/image";
import { parseValuesPath, type ValuesFile, valuesFolder } from "@gitops-platform/contract/paths";

/** A change of `main` by a pull request. */
export interface Delivery {
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
 * again, so repeating a delivery changes nothing. Any other content of the branch is replaced.
 * @param branch The change's own branch.
 * @param plan Computes the change for a commit of `main`, again each time `main` or the branch has moved.
 * @returns undefined if `main` already has the change.
 */
export async function deliver(
  session: Session,
  branch: string,
  plan: (main: string) => Promise<Delivery>,
  waiting: Waiting,
): Promise<MergeResult | undefined> {
  const { clone } = session;
  for (let races = 1; ; races++) {
    await clone.fetch();
    const main = await tipOf(clone, "main");
    const delivery = await plan(main);
    const brought = await bring(session, branch, main, delivery);
    if (brought.state === "already") return undefined;
    const { subject, message, body, recheck } = delivery;
    const below = message.slice(message.indexOf("\n")).trim();
    try {
      const request = { branch, base: "main", title: subject, body, message: below, recheck };
      if (brought.state === "pushed") return await mergeWhenReady(session, { ...request, head: brought.head }, waiting);
    } catch (error) {
      if (!(error instanceof BranchOutdated)) throw error;
      session.log(`${error.message} Making it again.`);
    }
    await waiting.afterRace(races);
  }
}

/** What became of a change: its branch has it, `main` has it already, or somebody else pushed at the same time. */
type Brought = { readonly state: "pushed"; readonly head: string } | { readonly state: "already" | "raced" };

/**
 * Pushes a change of `main` to a branch. A branch that has exactly this change stays as it is; any other content is
 * replaced.
 */
export async function bring(
  session: Session,
  branch: string,
  main: string,
  { texts, commits = [], message }: Pick<Delivery, "texts" | "commits" | "message">,
): Promise<Brought> {
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

/**
 * A new text for a service's file at a revision.
 * @throws {Failure} like {@link textOn}.
 */
export async function rewritten(
  clone: Clone,
  revision: string,
  file: ValuesFile,
  rewrite: (present: ServiceText) => string,
): Promise<ReadonlyMap<string, string>> {
  const present = await textOn(clone, revision, file);
  return new Map([[present.path, rewrite(present)]]);
}

/**
 * A service's file at a revision.
 * @throws {Failure} if there is none, naming the services that have one.
 */
export async function textOn(clone: Clone, revision: string, file: ValuesFile): Promise<ServiceText> {
  const present = await textAt(clone, revision, file);
  if (present) return present;
  const { retired } = await delivered(clone, revision, file.environment);
  if (retired.has(file.service)) throw new Failure(retiredProblem(file));
  const paths = await clone.list(revision, `${valuesFolder(file.environment)}/`);
  const services = paths.flatMap((found) => parseValuesPath(found)?.service ?? []);
  const path = await pathAt(clone, revision, file);
  const rule = services.length > 0 ? `one of ${services.join(", ")}` : "a service with values there";
  throw new Failure(`service: got ${file.service}, but there is no ${path}; expected ${rule}. Add the file first.`);
}

function retiredProblem({ environment, service }: ValuesFile): string {
  const way = `To bring it back, name ${environment} below environments there, and add its values.`;
  return (
    `service: got ${service}, which ${declarationPath(service)} retires in ${environment}; ` +
    `expected one that runs there. ${way}`
  );
}

/**
 * A service's image at a revision.
 * @throws {Failure} like {@link textOn}, or if it cannot be read.
 */
export async function imageOn(clone: Clone, revision: string, file: ValuesFile): Promise<Image> {
  return imageOfText(await textOn(clone, revision, file));
}

/** The tip of a branch on the remote, as it was fetched last. Throws {@link Failure} where there is none. */
export async function tipOf(clone: Clone, branch: string): Promise<string> {
  const tip = await clone.resolve(remoteBranch(branch));
  if (tip === undefined)
    throw new Failure(`The repository has no branch ${branch}. Run gitops on a GitOps repository.`);
  return tip;
}
