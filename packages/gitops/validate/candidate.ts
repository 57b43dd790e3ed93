import { environmentNameIn } from "@gitops-platform/contract/branches";
import { DELIVERY_POLICY_PATH, parseDeclarationPath } from "@gitops-platform/contract/catalogue";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import {
  ENVIRONMENTS_PATH,
  parseManifestsPath,
  parseValuesPath,
  VALUES,
  type ValuesFile,
  valuesPaths,
} from "@gitops-platform/contract/paths";
import { Failure } from "@gitops-platform/contract/failure";
import { parseGraph } from "../graph";
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
  /** The environments. For `main` they are the ones after the merge, as with the rules. */
  readonly graph: EnvironmentGraph;
}

/**
 * Computes the merge of a commit into a branch.
 * @param known The environments, which the change may replace.
 * @throws {Failure} if they conflict, or if it brings an invalid file of environments.
 */
export async function candidate(
  clone: Clone,
  branch: string,
  base: string,
  head: string,
  known: EnvironmentGraph,
): Promise<Candidate> {
  const tree = await mergedTree(clone, base, head);
  if (tree === undefined) {
    throw new Failure(`The change conflicts with ${branch}. Merge ${branch} into it, and resolve the conflicts.`);
  }
  const changes = await changesBetween(clone, base, tree);
  // Nearly every check reads these files, one after the other.
  await clone.prefetch(changes.filter(({ path }) => isDelivered(path)).flatMap(blobsOf));
  const graph = await graphAfter(clone, { branch, tree, changes, known });
  return { clone, branch, base, head, tree, changes, graph };
}

/** A change that replaces the file of environments is checked with its own, so that it cannot break what reads it. */
async function graphAfter(
  clone: Clone,
  {
    branch,
    tree,
    changes,
    known,
  }: Pick<Candidate, "branch" | "tree" | "changes"> & { readonly known: EnvironmentGraph },
): Promise<EnvironmentGraph> {
  if (branch !== "main" || !changes.some(({ path }) => path === ENVIRONMENTS_PATH)) return known;
  const text = await clone.read(tree, ENVIRONMENTS_PATH);
  if (text !== undefined) return parseGraph(text);
  throw new Failure(
    `${ENVIRONMENTS_PATH}: got nothing; expected the environments, without which gitops does not run. Keep the file.`,
  );
}

/** Whether a path is read by Argo CD, or decides what it reads. */
export function isDelivered(path: string): boolean {
  return /^(environments|charts|manifests|services|delivery)\//.test(path);
}

/** The environment of an approval branch; undefined for `main`. */
export function environmentOf(branch: string): string | undefined {
  return environmentNameIn(branch);
}

/**
 * The services' files that a change may break: the ones that it changes, or whose manifests or declaration it changes.
 * A change of charts, or of the policy that limits the namespaces, may break all files that the branch delivers.
 */
export async function touchedValues({ clone, branch, tree, changes, graph }: Candidate): Promise<ValuesFile[]> {
  const environment = environmentOf(branch);
  const anyFile = changes.some(({ path }) => path.startsWith("charts/") || path === DELIVERY_POLICY_PATH);
  const changed = changes.flatMap(({ path }) => {
    // A declaration says what the service's files are.
    const declared = parseDeclarationPath(path);
    if (declared !== undefined) {
      return graph.names.flatMap((name) => valuesPaths({ environment: name, service: declared }));
    }
    const service = environment === undefined ? undefined : parseManifestsPath(path);
    return environment !== undefined && service !== undefined ? valuesPaths({ environment, service }) : path;
  });
  const touched = new Set(changed);
  const paths = (await clone.list(tree, VALUES)).filter((path) => anyFile || touched.has(path));
  // A service has two files while it gets another source.
  const files = paths.map(parseValuesPath).filter((file) => file !== undefined);
  const unique = new Map(files.map((file) => [`${file.environment}/${file.service}`, file]));
  return [...unique.values()].filter((file) =>
    environment === undefined ? graph.has(file.environment) : file.environment === environment,
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
