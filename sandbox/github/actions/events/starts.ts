import { passes, passesPaths } from "../workflow/filter-pattern";
import type { PullFilter, PushFilter, Triggers } from "../workflow/triggers";
import type { Occurrence } from "./occurrence";

/** The activity types of a pull request event if a workflow lists none. For other events, all types count. */
const DEFAULT_TYPES = ["opened", "synchronize", "reopened"];

/** Whether an event starts a workflow, according to the filters of the workflow's `on:`. */
export async function starts(triggers: Triggers, occurrence: Occurrence): Promise<boolean> {
  const { event, action = "" } = occurrence;
  // `push:` without filters is null; an event that `on:` does not list is undefined.
  if (triggers[event] === undefined) return false;
  switch (event) {
    case "push":
      return startsOnPush(triggers.push ?? {}, occurrence);
    case "pull_request":
    case "pull_request_target": {
      const filter: PullFilter = triggers[event] ?? {};
      return (
        (filter.types ?? DEFAULT_TYPES).includes(action) &&
        passes(occurrence.baseRef, filter.branches, filter["branches-ignore"]) &&
        passesFiles(filter, occurrence)
      );
    }
    case "pull_request_review":
      return triggers[event]?.types?.includes(action) ?? true;
    case "workflow_run": {
      const { workflows, types, branches, "branches-ignore": ignored } = triggers.workflow_run ?? { workflows: [] };
      const run = occurrence.payload.workflow_run as { name: string; head_branch: string | null };
      return (
        workflows.includes(run.name) &&
        (types?.includes(action) ?? true) &&
        passes(run.head_branch ?? "", branches, ignored)
      );
    }
    case "workflow_dispatch":
      return true;
    case "schedule":
      return false;
  }
}

/**
 * A push whose newest commit message contains one of these starts nothing.
 * https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs
 */
const SKIPPED = /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/;

async function startsOnPush(filter: PushFilter, occurrence: Occurrence): Promise<boolean> {
  const head = occurrence.payload.head_commit as { message: string } | null | undefined;
  if (SKIPPED.test(head?.message ?? "")) return false;
  const { branches, "branches-ignore": branchesIgnored, tags, "tags-ignore": tagsIgnored } = filter;
  const [, kind, name = ""] = /^refs\/(heads|tags)\/(.+)$/.exec(occurrence.ref) ?? [];
  const ofBranches = branches ?? branchesIgnored;
  const ofTags = tags ?? tagsIgnored;
  // A filter for branches only excludes tags, and the reverse.
  if (kind === "heads" && !ofBranches && ofTags) return false;
  if (kind === "tags" && !ofTags && ofBranches) return false;
  if (kind === "tags") return passes(name, tags, tagsIgnored);
  return passes(name, branches, branchesIgnored) && passesFiles(filter, occurrence);
}

async function passesFiles(
  { paths, "paths-ignore": ignored }: PullFilter | PushFilter,
  occurrence: Occurrence,
): Promise<boolean> {
  if (!paths && !ignored) return true;
  return passesPaths(await occurrence.files(), paths, ignored);
}
