import { isDeepStrictEqual } from "node:util";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { parseDeclarationPath, SERVICES } from "@gitops-platform/contract/catalogue";
import { CHARTS, parseValuesPath, valuesFolder } from "@gitops-platform/contract/paths";
import type { Clone } from "../git/clone";
import { type FileChange, introducedBy, readFileChanges } from "../git/file-history";
import { remoteBranch } from "../git/refs";
import { summarize } from "../values/at";

export interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  /** The author's name. */
  readonly author: string;
  /** When it was committed, ISO 8601. For a merge by GitHub, when the pull request was merged. */
  readonly at: string;
  readonly message: string;
}

/** A first-parent commit of a branch, with the commits that it merged. */
export interface BranchStep extends Commit {
  /** For a merge, the commits of its pull request, newest first; otherwise the commit itself. */
  readonly inner: readonly Commit[];
}

/** The history of one branch, limited to the files of some environments. */
export interface BranchHistory {
  /** `main`, or `env/<name>`. */
  readonly branch: string;
  /** By commit, newest first. */
  readonly steps: ReadonlyMap<string, BranchStep>;
  /** Newest first. */
  readonly changes: readonly FileChange[];
  /** The same changes by path. */
  readonly byPath: ReadonlyMap<string, readonly FileChange[]>;
  /** The changes of each service's declaration, newest first. */
  readonly declarations: ReadonlyMap<string, readonly FileChange[]>;
}

/** The histories of the branches that an environment's state comes from. */
export interface EnvironmentHistory {
  readonly environment: string;
  /** The branch that the environment follows. */
  readonly read: BranchHistory;
  /** `main`, from which releases come. The same object as `read` if the environment follows it. */
  readonly main: BranchHistory;
}

/** Reads the branches of environments. An environment follows its own branch if there is one. */
export async function readEnvironments(clone: Clone, names: readonly string[]): Promise<EnvironmentHistory[]> {
  const main = await readBranch(clone, "main", names);
  return Promise.all(names.map((name) => readEnvironment(clone, name, main)));
}

async function readEnvironment(clone: Clone, environment: string, ofAll: BranchHistory): Promise<EnvironmentHistory> {
  const isOwn = ({ path }: FileChange) =>
    path.startsWith(`${valuesFolder(environment)}/`) || path.startsWith(`${CHARTS}/`);
  const main = withChanges(ofAll, ofAll.changes.filter(isOwn));
  const own = environmentBranch(environment);
  if ((await clone.resolve(remoteBranch(own))) === undefined) return { environment, main, read: main };
  return { environment, main, read: await readBranch(clone, own, [environment]) };
}

async function readBranch(clone: Clone, branch: string, environments: readonly string[]): Promise<BranchHistory> {
  const revision = remoteBranch(branch);
  const folders = [...environments.map(valuesFolder), CHARTS, SERVICES];
  const [steps, all] = await Promise.all([readSteps(clone, revision), readFileChanges(clone, revision, folders)]);
  const isDeclaration = ({ path }: FileChange) => path.startsWith(`${SERVICES}/`);
  const declarations = Map.groupBy(all.filter(isDeclaration), ({ path }) => parseDeclarationPath(path) ?? "");
  const changes = joinMoves(all.filter((change) => !isDeclaration(change)));
  return withChanges({ branch, steps: new Map(steps.map((step) => [step.id, step])), declarations }, changes);
}

/** With another source, a service may get its file at the other path. That is one change of its file. */
function joinMoves(changes: readonly FileChange[]): FileChange[] {
  const keyOf = ({ commit, path }: FileChange) => {
    const file = parseValuesPath(path);
    return file && `${commit} ${file.environment}/${file.service}`;
  };
  const removed = new Map(changes.filter(({ after }) => after === null).map((change) => [keyOf(change), change]));
  const added = new Set(changes.filter(({ before }) => before === null).map(keyOf));
  return changes.flatMap((change) => {
    const key = keyOf(change);
    const gone = key === undefined ? undefined : removed.get(key);
    if (!gone) return [change];
    if (change === gone) return added.has(key) ? [] : [change];
    return [change.before === null ? { ...change, before: gone.before } : change];
  });
}

function withChanges(
  history: Pick<BranchHistory, "branch" | "steps" | "declarations">,
  changes: readonly FileChange[],
): BranchHistory {
  return { ...history, changes, byPath: Map.groupBy(changes, ({ path }) => path) };
}

const FIELDS = ["%H", "%P", "%aN", "%cI", "%B"];

/** The first-parent commits of a branch, newest first. */
async function readSteps(clone: Clone, revision: string): Promise<BranchStep[]> {
  const output = await clone.git("log", "-z", "--topo-order", `--format=${FIELDS.join("%x00")}`, revision, "--");
  const commits = new Map(parseLog(output).map((commit) => [commit.id, commit]));
  const line: Commit[] = [];
  for (let next = commits.values().next().value; next; next = commits.get(next.parents[0] ?? "")) line.push(next);
  const seen = new Set<string>();
  return line
    .reverse()
    .map((commit) => {
      seen.add(commit.id);
      const merged = commit.parents.length > 1 ? reachable(commit.parents.slice(1), commits, seen) : [];
      const own = merged.filter(({ parents }) => parents.length < 2);
      return { ...commit, inner: own.length > 0 ? own : [commit] };
    })
    .reverse();
}

function parseLog(output: string): Commit[] {
  const fields = output.split("\0");
  const commits: Commit[] = [];
  for (let at = 0; at + FIELDS.length <= fields.length; at += FIELDS.length) {
    const [id = "", parents = "", author = "", date = "", message = ""] = fields.slice(at, at + FIELDS.length);
    commits.push({
      id,
      parents: parents.split(" ").filter(Boolean),
      author,
      at: new Date(date).toISOString(),
      message,
    });
  }
  return commits;
}

/** The commits that are reachable from some commits and not in `seen`, breadth first. Adds them to `seen`. */
function reachable(from: readonly string[], commits: ReadonlyMap<string, Commit>, seen: Set<string>): Commit[] {
  const found: Commit[] = [];
  const waiting = [...from];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const commit = commits.get(id);
    if (!commit || seen.has(id)) continue;
    seen.add(id);
    found.push(commit);
    waiting.push(...commit.parents);
  }
  return found;
}

/** The changes on `main` that a release took into an environment's branch, newest first. None for a direct commit. */
export function releasedChanges(release: FileChange, { main, read }: EnvironmentHistory): FileChange[] {
  if (main === read) return [];
  const at = read.steps.get(release.commit)?.at ?? "";
  const changes = main.byPath.get(release.path) ?? [];
  // `main` may have had the same content again after the release.
  const earlier = changes.filter(({ commit }) => (main.steps.get(commit)?.at ?? "") <= at);
  const candidates = earlier.some(({ after }) => after === release.after) ? earlier : changes;
  return introducedBy(candidates, release.after, [release.before], "newest");
}

/** The effect of a change on a service's values. */
export interface Difference {
  /** The image before and after; null where there is no file, or no image in it. */
  readonly from: string | null;
  readonly to: string | null;
  readonly was: "there" | "absent";
  readonly is: "there" | "absent";
  /** Whether values other than the image changed in a file that existed before and after. */
  readonly configuration: boolean;
}

/** Reads the effects of changes of services' files. Caches those of the last call, since blobs never change. */
export class DifferencesByBlob {
  private known = new Map<string, Difference>();

  constructor(private readonly clone: Clone) {}

  /**
   * By change.
   * @param history The branch whose changes they are.
   */
  async of(changes: readonly FileChange[], history: BranchHistory): Promise<ReadonlyMap<FileChange, Difference>> {
    const declared = declarationsOf(changes, history);
    const all = changes.map((change) => ({ ...change, declared: declared(change) }));
    const unknown = all.filter((change) => !this.known.has(keyOf(change)));
    const ids = unknown.flatMap(({ before, after, declared: { was, is } }) => [before, after, was, is]);
    const texts = await this.clone.readBlobs(ids.filter((id) => id !== null));
    const known = new Map<string, Difference>();
    for (const change of all) {
      const key = keyOf(change);
      known.set(key, this.known.get(key) ?? differenceOf(change, texts));
    }
    this.known = known;
    return new Map(
      changes.flatMap((change, index) => {
        const difference = all[index] && known.get(keyOf(all[index]));
        return difference ? [[change, difference] as const] : [];
      }),
    );
  }
}

/** A change of a service's file, with the blobs of the service's declaration before and after it. */
interface DeclaredChange extends FileChange {
  readonly declared: { readonly was: string | null; readonly is: string | null };
}

function keyOf({ before, after, declared: { was, is } }: DeclaredChange): string {
  return [before, after, was, is].map((blob) => blob ?? "").join(" ");
}

/** Finds the declaration of a change's service at the time of the change. */
function declarationsOf(changes: readonly FileChange[], { steps, declarations }: BranchHistory) {
  if (changes.length === 0 || declarations.size === 0) return () => ({ was: null, is: null });
  // The first is the newest.
  const places = new Map([...steps.keys()].map((commit, index) => [commit, index]));
  const place = (commit: string) => places.get(commit) ?? Infinity;
  return ({ path, commit }: FileChange): DeclaredChange["declared"] => {
    const own = declarations.get(parseValuesPath(path)?.service ?? "") ?? [];
    const last = own.find((each) => place(each.commit) >= place(commit));
    if (last?.commit === commit) return { was: last.before, is: last.after };
    return { was: last?.after ?? null, is: last?.after ?? null };
  };
}

function differenceOf(change: DeclaredChange, texts: ReadonlyMap<string, string>): Difference {
  const service = parseValuesPath(change.path)?.service ?? "";
  const read = (blob: string | null, declaration: string | null) => {
    const text = texts.get(blob ?? "");
    return text === undefined ? undefined : summarize(text, service, texts.get(declaration ?? ""));
  };
  const before = read(change.before, change.declared.was);
  const after = read(change.after, change.declared.is);
  return {
    from: before?.image ?? null,
    to: after?.image ?? null,
    was: before ? "there" : "absent",
    is: after ? "there" : "absent",
    configuration: before !== undefined && after !== undefined && !isDeepStrictEqual(before.others, after.others),
  };
}
