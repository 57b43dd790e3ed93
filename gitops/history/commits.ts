import type { Clone } from "../git/clone";

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
export async function readSteps(clone: Clone, revision: string): Promise<Step[]> {
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
