import type { Clone } from "../git/clone";
import { environmentBranch } from "../../environments/catalogue";
import { CHARTS } from "../../environments/service-name";
import { readSteps, type Step } from "./commits";
import { type FileChange, readFileChanges } from "../git/file-changes";
import { remoteBranch } from "../git/refs";

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
    path.startsWith(`environments/${environment}/`) || path.startsWith(`${CHARTS}/`);
  const main = withChanges(ofAll, ofAll.changes.filter(isOwn));
  const own = environmentBranch(environment);
  if ((await clone.resolve(remoteBranch(own))) === undefined) return { environment, main, read: main };
  return { environment, main, read: await readBranch(clone, own, [environment]) };
}

/** A branch's way, as far as some environments read it. */
async function readBranch(clone: Clone, branch: string, environments: readonly string[]): Promise<BranchHistory> {
  const revision = remoteBranch(branch);
  const folders = [...environments.map((name) => `environments/${name}`), CHARTS];
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
