import { findEnvironment } from "@gitops-platform/environments/catalogue";
import {
  parseManifestsPath,
  parseValuesPath,
  VALUES,
  type ValuesFile,
  valuesPath,
} from "@gitops-platform/contract/paths";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";
import { mergedTree } from "../git/commits";
import { blobsOf, type Change, changesBetween } from "../git/file-history";

/** A branch as a change would leave it. Checks look at this result, not only at the change. */
export interface Candidate {
  readonly clone: Clone;
  /** The base branch: `main`, or `env/<name>`. */
  readonly branch: string;
  /** The tip of the base branch. */
  readonly base: string;
  /** The change's own newest commit. */
  readonly head: string;
  /** The tree of the merge. */
  readonly tree: string;
  /** What the merge changes in the base branch. */
  readonly changes: readonly Change[];
}

/**
 * Computes the merge of a commit into a branch.
 * @throws {Failure} if they conflict.
 */
export async function candidate(clone: Clone, branch: string, base: string, head: string): Promise<Candidate> {
  const tree = await mergedTree(clone, base, head);
  if (tree === undefined) {
    throw new Failure(`The change conflicts with ${branch}. Merge ${branch} into it, and resolve the conflicts.`);
  }
  const changes = await changesBetween(clone, base, tree);
  // Nearly every check reads these files, one after the other.
  await clone.prefetch(changes.filter(({ path }) => DELIVERED.test(path)).flatMap(blobsOf));
  return { clone, branch, base, head, tree, changes };
}

const DELIVERED = /^(environments|charts|manifests)\//;

/** The environment of an approval branch; undefined for `main`. */
export function environmentOf(branch: string): string | undefined {
  return /^env\/(.+)$/.exec(branch)?.[1];
}

/**
 * The values files that a change may break: the ones that it changes, or whose manifests it changes. A change of charts
 * may break all values files that the branch delivers.
 */
export async function touchedValues({ clone, branch, tree, changes }: Candidate): Promise<ValuesFile[]> {
  const environment = environmentOf(branch);
  const anyChart = changes.some(({ path }) => path.startsWith("charts/"));
  const changed = changes.map(({ path }) => {
    const service = environment === undefined ? undefined : parseManifestsPath(path);
    return environment !== undefined && service !== undefined ? valuesPath({ environment, service }) : path;
  });
  const touched = new Set(changed);
  const paths = (await clone.list(tree, VALUES)).filter((path) => anyChart || touched.has(path));
  return paths
    .map(parseValuesPath)
    .filter((file) => file !== undefined)
    .filter((file) =>
      environment === undefined ? findEnvironment(file.environment) : file.environment === environment,
    );
}

/** What the checks need to know about a pull request. */
export interface Request {
  /** The head's branch. */
  readonly branch: string;
  /** The author's login. A bot's login ends with `[bot]`. */
  readonly author: string;
  readonly isBot: boolean;
  /** Whether the head's branch is in another repository. */
  readonly isFork: boolean;
  /** The logins of everyone who pushed to the branch. Empty unless a bot opened the pull request. */
  readonly pushers: readonly string[];
}
