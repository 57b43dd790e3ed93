import { isDeepStrictEqual } from "node:util";
import { environmentBranch } from "../../contract/branches";
import { CHARTS, valuesFolder } from "../../contract/paths";
import type { Clone } from "../git/clone";
import { type FileChange, readFileChanges } from "../git/file-history";
import { remoteBranch } from "../git/refs";
import { summarizeValues } from "../values/differences";

/** A commit, as far as the history reads it. */
export interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  /** The author's name. */
  readonly author: string;
  /** When it was committed, ISO 8601: on a merge by GitHub, when the pull request was merged. */
  readonly at: string;
  readonly message: string;
}

/** A commit that a branch moved by, with what it brought. */
export interface Step extends Commit {
  /** The commits that came with it, newest first: a merge brings those of its pull request, any other commit itself. */
  readonly inner: readonly Commit[];
}

const FIELDS = ["%H", "%P", "%aN", "%cI", "%B"];

/** The commits that a branch moved by, newest first: its first-parent line. */
async function readSteps(clone: Clone, revision: string): Promise<Step[]> {
  const output = await clone.git("log", "-z", "--topo-order", `--format=${FIELDS.join("%x00")}`, revision, "--");
  const commits = new Map(parseLog(output).map((commit) => [commit.id, commit]));
  const line: Commit[] = [];
  for (let next = commits.values().next().value; next; next = commits.get(next.parents[0] ?? "")) line.push(next);
  const seen = new Set<string>();
  return line
    .reverse()
    .map((commit) => {
      seen.add(commit.id);
      const brought = commit.parents.length > 1 ? reachable(commit.parents.slice(1), commits, seen) : [];
      const own = brought.filter(({ parents }) => parents.length < 2);
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

/** What is reachable from some commits and was not seen before, breadth first; it is seen then. */
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

/** The way of one branch, as far as an environment reads it. */
export interface BranchHistory {
  /** `main`, or `env/<name>`. */
  readonly branch: string;
  /** By commit. Maps keep their order: newest first. */
  readonly steps: ReadonlyMap<string, Step>;
  /** Newest first. */
  readonly changes: readonly FileChange[];
  /** The same by path. */
  readonly byPath: ReadonlyMap<string, readonly FileChange[]>;
}

/** The branches that say what an environment runs. */
export interface EnvironmentHistory {
  readonly environment: string;
  /** The branch that the environment reads. */
  readonly read: BranchHistory;
  /** `main`, where changes come from; the same where the environment reads it. */
  readonly main: BranchHistory;
}

/** Reads the branches of environments. An environment's own branch is what it reads, where there is one. */
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

/** A branch's way, as far as some environments read it. */
async function readBranch(clone: Clone, branch: string, environments: readonly string[]): Promise<BranchHistory> {
  const revision = remoteBranch(branch);
  const folders = [...environments.map(valuesFolder), CHARTS];
  const [steps, changes] = await Promise.all([readSteps(clone, revision), readFileChanges(clone, revision, folders)]);
  return withChanges({ branch, steps: new Map(steps.map((step) => [step.id, step])) }, changes);
}

function withChanges(
  { branch, steps }: Pick<BranchHistory, "branch" | "steps">,
  changes: readonly FileChange[],
): BranchHistory {
  return { branch, steps, changes, byPath: Map.groupBy(changes, ({ path }) => path) };
}

/**
 * The changes on `main` that a release brought to an environment's branch, newest first: from the one that left the
 * file as released back to the last one that was released before. None where the content never was on `main`. It tells
 * a story, so of two that fit it takes the narrower; `bringing` of git/path-history.ts, by which people are held to
 * have a part in a release, takes the wider.
 */
export function broughtBy(release: FileChange, { main, read }: EnvironmentHistory): FileChange[] {
  if (main === read) return [];
  const at = read.steps.get(release.commit)?.at ?? "";
  const changes = main.byPath.get(release.path) ?? [];
  const before = changes.filter(({ commit }) => (main.steps.get(commit)?.at ?? "") <= at);
  const candidates = before.some(({ after }) => after === release.after) ? before : changes;
  const first = candidates.findIndex(({ after }) => after === release.after);
  if (first < 0) return [];
  const brought = candidates.slice(first);
  const released = brought.findIndex(({ after }, index) => index > 0 && after === release.before);
  return released < 0 ? brought.slice(0, 1) : brought.slice(0, released);
}

/** What a change makes of a service's values. */
export interface Difference {
  /** The image before and from then on; null where there is no file, or none in it. */
  readonly from: string | null;
  readonly to: string | null;
  readonly was: "there" | "absent";
  readonly is: "there" | "absent";
  /** Whether other values than the image changed, of a file that was there before and is still. */
  readonly configuration: boolean;
}

/**
 * Reads what changes of values files make of them. Blobs do not change: what the last call asked for is not read again
 * by the next one.
 */
export class DifferencesByBlob {
  private known = new Map<string, Difference>();

  constructor(private readonly clone: Clone) {}

  /** By change. */
  async of(changes: readonly FileChange[]): Promise<ReadonlyMap<FileChange, Difference>> {
    const unknown = changes.filter((change) => !this.known.has(keyOf(change)));
    const ids = unknown.flatMap(({ before, after }) => [before, after]).filter((id) => id !== null);
    const values = new Map([...(await this.clone.readBlobs(ids))].map(([id, text]) => [id, summarizeValues(text)]));
    const known = new Map<string, Difference>();
    for (const change of changes) {
      const key = keyOf(change);
      const [before, after] = [change.before, change.after].map((id) => values.get(id ?? ""));
      const both = before !== undefined && after !== undefined;
      const read = {
        from: before?.image ?? null,
        to: after?.image ?? null,
        was: before ? ("there" as const) : ("absent" as const),
        is: after ? ("there" as const) : ("absent" as const),
        configuration: both && !isDeepStrictEqual(before.others, after.others),
      };
      known.set(key, this.known.get(key) ?? read);
    }
    this.known = known;
    return new Map(
      changes.flatMap((change) => {
        const difference = known.get(keyOf(change));
        return difference ? [[change, difference] as const] : [];
      }),
    );
  }
}

function keyOf({ before, after }: FileChange): string {
  return `${before ?? ""} ${after ?? ""}`;
}
