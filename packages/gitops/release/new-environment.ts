import { environmentBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { CODE_OWNERS_PATH, ENVIRONMENTS_PATH, manifestsPath } from "@gitops-platform/contract/paths";
import { readDeclarations } from "../catalogue/declaration";
import { graphOfMain } from "../catalogue/delivered";
import { deliveryFiles } from "../catalogue/delivery";
import { policyAt } from "../catalogue/policy";
import { servicesAt } from "../chart/revision";
import type { Clone } from "../git/clone";
import { changesBetween } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";
import { parseGraph } from "../graph";
import type { ReleaseOutcome } from "./outcome";
import { withRecords } from "./record";

/**
 * The outcome for the branch of a new environment that has content which nobody approved; undefined if it has none.
 * `up` lets a new branch be created before the branch's own ruleset is active, and in between any writer can create it
 * or push to it. Later releases would only show their own changes to the approvers.
 */
export async function unapprovedContent(clone: Clone, environment: string): Promise<ReleaseOutcome | undefined> {
  const branch = environmentBranch(environment);
  const paths = await unapprovedPaths(clone, environment, remoteBranch(branch));
  const [first] = paths;
  if (first === undefined) return undefined;
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : "";
  const reason =
    `${branch}: got content that nobody approved: ${first}${more}; expected main's until its first release, ` +
    `except for ${CODE_OWNERS_PATH}. Do not bring up its stack. ` +
    `Make it equal to main by a pull request into ${branch}.`;
  return { environment, unit: FIRST_CONTENT, state: "blocked", code: "unapproved-content", reason };
}

/** The unit of the outcome. No service can have this name. */
const FIRST_CONTENT = "first content";

/**
 * The paths in which a new environment's branch differs from `main` without an approval; empty if a release into it has
 * a valid record.
 * @param revision The branch, or the tree that it would have after a merge.
 */
export async function unapprovedPaths(clone: Clone, environment: string, revision: string): Promise<string[]> {
  const branch = remoteBranch(environmentBranch(environment));
  if (await hasRecord(clone, environment, branch)) return [];
  const fork = await clone.git("merge-base", branch, MAIN).catch(() => undefined);
  const expected = new Set([
    CODE_OWNERS_PATH,
    ...(fork === undefined ? [] : await firstFiles(clone, environment, { fork, revision })),
  ]);
  const differing = async (from: string) =>
    (await changesBetween(clone, from, revision)).map(({ path }) => path).filter((path) => !expected.has(path));
  // `main` moves on after the branch left it, and a repair may bring either state.
  const now = await differing(MAIN);
  return fork === undefined || now.length === 0 ? now : differing(fork);
}

/** Whether a release into the environment has a valid record, and four-eyes did not refuse it. */
async function hasRecord(clone: Clone, environment: string, branch: string): Promise<boolean> {
  const commits = (await clone.git("rev-list", "--first-parent", branch, "--not", MAIN)).split("\n");
  return withRecords(clone, async (find) => {
    for (const commit of commits) {
      const found = await find(environment, commit);
      if ("approvedBy" in found && found.refused.length === 0) return true;
    }
    return false;
  });
}

/**
 * The files that `up` writes for the first services of a new repository. A branch has them only if it left `main`
 * before the first merge there, with values of these services. So an environment that is added later has none.
 * @param commits Where the branch left `main`, and what is checked.
 */
async function firstFiles(
  clone: Clone,
  environment: string,
  commits: Readonly<Record<"fork" | "revision", string>>,
): Promise<string[]> {
  const { fork } = commits;
  if ((await clone.git("rev-list", "--merges", "--max-count=1", fork)) !== "") return [];
  if (!(await waitedForApproval(clone, environment, fork))) return [];
  const manifests = (await servicesAt(clone, fork, environment)).values.map(manifestsPath);
  return [...manifests, ...(await firstDelivery(clone, environment, commits))];
}

/** Those files with what delivers the services that are as the declarations say: they give rights. */
async function firstDelivery(
  clone: Clone,
  environment: string,
  { fork, revision }: Readonly<Record<"fork" | "revision", string>>,
): Promise<string[]> {
  try {
    const graph = await graphOfMain(clone);
    const { declarations } = await readDeclarations(clone, fork, graph, environment);
    const made = [...deliveryFiles(environment, declarations, await policyAt(clone, fork, graph))];
    const texts = await clone.readBlobs(made.map(([path]) => `${revision}:${path}`));
    return made.flatMap(([path, text]) => (texts.get(`${revision}:${path}`) === text ? [path] : []));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [];
  }
}

/** Repositories of earlier versions begin without the file. */
async function waitedForApproval(clone: Clone, environment: string, revision: string): Promise<boolean> {
  const text = await clone.read(revision, ENVIRONMENTS_PATH);
  try {
    return text === undefined || parseGraph(text).approved.includes(environment);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return false;
  }
}
