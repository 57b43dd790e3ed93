import type { Git } from "../git/git";
import type { RefChange } from "../git/push-hooks";
import { ZERO } from "../git/ref-names";
import { isAncestor, resolveCommit } from "../git/refs";
import type { DeploymentParameters, PullRequestParameters, Rule, StatusCheckParameters } from "../store/ruleset-schema";

/** The facts about a change of a ref that rules use. */
export interface UpdateFacts {
  kind: "create" | "update" | "delete";
  /** Kind of the ref. */
  target: "branch" | "tag";
  /** The old commit is an ancestor of the new one; true for a creation or deletion. */
  isFastForward: boolean;
  /** Whether the newly reachable commits include a merge commit. */
  includesMergeCommit: boolean;
  /** Whether the newly reachable commits include one without a verified signature. */
  includesUnverified: boolean;
  /** What the pull request that makes the change lacks for a rule; undefined if no pull request makes it. */
  pullRequest: ((parameters: PullRequestParameters) => string[]) | undefined;
  /** What the commit lacks for a rule about checks. */
  checks: (parameters: StatusCheckParameters) => string[];
  /** The required environments to which the commit was not deployed. */
  undeployed: (parameters: DeploymentParameters) => string[];
}

/** The violations of a change of a ref: GitHub's message for each rule, in the order of the rules. */
export function updateViolations(rules: readonly Rule[], facts: UpdateFacts): string[] {
  const found = rules.flatMap((rule) => violation(rule, facts));
  return [...new Set(found)];
}

function violation(rule: Rule, facts: UpdateFacts): string[] {
  const { kind, target } = facts;
  switch (rule.type) {
    case "creation":
      return kind === "create" ? ["Cannot create ref due to creations being restricted."] : [];
    case "update":
      return kind === "update" ? ["Cannot update this protected ref."] : [];
    case "deletion":
      return kind === "delete" ? [`Cannot delete this ${target}`] : [];
    case "non_fast_forward":
      return facts.isFastForward ? [] : [`Cannot force-push to this ${target}`];
    case "required_linear_history":
      return facts.includesMergeCommit ? ["This branch must not contain merge commits."] : [];
    case "required_signatures":
      return kind !== "delete" && facts.includesUnverified ? ["Commits must have verified signatures."] : [];
    case "merge_queue":
      // There is no merge queue here, so every update is rejected.
      return kind === "update" ? ["Changes must be made through the merge queue"] : [];
    case "required_deployments":
      if (kind !== "update") return [];
      return facts.undeployed(rule.parameters).map((name) => `Missing successful active ${name} deployment.`);
    case "pull_request":
      // A new branch has no base for a pull request; only the `creation` rule applies.
      if (kind !== "update") return [];
      return facts.pullRequest?.(rule.parameters) ?? ["Changes must be made through a pull request."];
    case "required_status_checks":
      if (kind === "delete" || (kind === "create" && rule.parameters.do_not_enforce_on_create)) return [];
      return facts.checks(rule.parameters);
  }
}

/**
 * The facts about a change of a ref that come from the Git data. `git` must see the objects of a push that is not
 * accepted yet.
 */
export async function gitFacts(
  git: Git,
  { ref, before, after }: RefChange,
  signed: readonly string[],
): Promise<Pick<UpdateFacts, "kind" | "target" | "isFastForward" | "includesMergeCommit" | "includesUnverified">> {
  const target = ref.startsWith("refs/tags/") ? "tag" : "branch";
  if (after === ZERO)
    return { kind: "delete", target, isFastForward: true, includesMergeCommit: false, includesUnverified: false };
  const isNew = before === ZERO;
  const range = [after, "--not", isNew ? "--all" : before];
  const [isFastForward, merges, includesUnverified] = await Promise.all([
    isNew || isFastForwardOf(git, before, after),
    git.run(["rev-list", "--merges", "--max-count=1", ...range]),
    hasUnverifiedCommit(git, range, signed),
  ]);
  const kind = isNew ? "create" : "update";
  return { kind, target, isFastForward, includesMergeCommit: merges !== "", includesUnverified };
}

/**
 * Whether a range contains a commit that this server did not create and sign. It knows no other keys.
 * @param range arguments of `git rev-list`
 */
export async function hasUnverifiedCommit(
  git: Git,
  range: readonly string[],
  signed: readonly string[],
): Promise<boolean> {
  const commits = await git.run(["rev-list", ...range]);
  return commits.split("\n").some((commit) => commit !== "" && !signed.includes(commit));
}

/** A tag may point at something other than a commit, which has no ancestors. */
async function isFastForwardOf(git: Git, before: string, after: string): Promise<boolean> {
  const [old, now] = await Promise.all([before, after].map((object) => resolveCommit(git, object)));
  return old !== undefined && now !== undefined && isAncestor(git, old, now);
}

/** Folder of the workflows of GitHub Actions. */
const WORKFLOWS = ".github/workflows/";

/**
 * The first workflow file that new commits change, or undefined. Commits are compared with their first parent, so that
 * a merge shows what it adds.
 */
export async function changedWorkflow(git: Git, { after }: RefChange): Promise<string | undefined> {
  if (after === ZERO) return undefined;
  const options = ["--format=", "--name-only", "-z", "--no-renames", "--diff-merges=first-parent"];
  const output = await git.run(["log", ...options, after, "--not", "--all"]);
  return output
    .split("\0")
    .find((path) => path.replace(/^\n/, "").startsWith(WORKFLOWS))
    ?.replace(/^\n/, "");
}
