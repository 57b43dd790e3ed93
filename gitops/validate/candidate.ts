import { findEnvironment } from "../../environments/catalogue";
import { parseManifestsPath, parseValuesPath, VALUES, type ValuesFile, valuesPath } from "../../contract/paths";
import { Failure } from "../errors";
import type { Clone } from "../git/clone";
import { mergedTree } from "../git/commits";
import { blobsOf, type Change, changesBetween } from "../git/file-history";

/** What a branch would be if a change were let in: this is what is checked, not the change alone. */
export interface Candidate {
  readonly clone: Clone;
  /** The branch that it goes into: `main`, or `env/<name>`. */
  readonly branch: string;
  /** The commit that the branch is at. */
  readonly base: string;
  /** The change's own newest commit. */
  readonly head: string;
  /** The tree that the merge makes. */
  readonly tree: string;
  /** What the merge changes. */
  readonly changes: readonly Change[];
}

/**
 * Looks at what merging a head into a branch makes.
 * @throws {Failure} where they conflict.
 */
export async function candidate(clone: Clone, branch: string, base: string, head: string): Promise<Candidate> {
  const tree = await mergedTree(clone, base, head);
  if (tree === undefined) {
    throw new Failure(`The change conflicts with ${branch}. Bring ${branch} into it, and resolve what conflicts.`);
  }
  const changes = await changesBetween(clone, base, tree);
  // Nearly every rule reads them, one after the other.
  await clone.prefetch(changes.filter(({ path }) => DELIVERED.test(path)).flatMap(blobsOf));
  return { clone, branch, base, head, tree, changes };
}

const DELIVERED = /^(environments|charts|manifests)\//;

/** The environment whose approved state a branch is; undefined for `main`. */
export function environmentOf(branch: string): string | undefined {
  return /^env\/(.+)$/.exec(branch)?.[1];
}

/**
 * The values files that a change may break: those it changes, or whose manifests it changes; where it changes charts,
 * all that the branch delivers.
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

/** A pull request, as far as its checks need it. */
export interface Request {
  /** Its head's branch. */
  readonly branch: string;
  /** The login; that of a bot ends with `[bot]`. */
  readonly author: string;
  readonly isBot: boolean;
  /** Whether its branch is in another repository. */
  readonly isFork: boolean;
  /** Logins of everyone who pushed to a bot's branch. */
  readonly pushers: readonly string[];
}
