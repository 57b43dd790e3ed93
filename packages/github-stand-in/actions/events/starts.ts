import { unprocessable } from "../../domain/errors";
import { passes, passesPaths } from "../../domain/patterns";
import type { DispatchInput, PullFilter, PushFilter, Triggers } from "../workflow/triggers";
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
      return triggers.schedule?.some(({ cron }) => cron === occurrence.payload.schedule) ?? false;
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

/**
 * The inputs of a workflow_dispatch run: with defaults, and booleans converted. Throws 422 with GitHub's messages for
 * undeclared or missing inputs, and for values that a choice does not list.
 */
export function dispatchInputs(
  declared: Record<string, DispatchInput>,
  sent: Record<string, unknown>,
): Record<string, string | boolean> {
  const unexpected = Object.keys(sent).filter((name) => !(name in declared));
  if (unexpected.length > 0) throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  return Object.fromEntries(Object.entries(declared).map(([name, input]) => [name, valueOf(name, input, sent[name])]));
}

function valueOf(name: string, input: DispatchInput, sent: unknown): string | boolean {
  const isEmpty = sent === undefined || sent === "";
  if (isEmpty && input.required && input.default === undefined) {
    throw unprocessable(`Required input '${name}' not provided`);
  }
  // The default of a choice is its first option, as in GitHub's form.
  const fallback = input.default ?? (input.type === "choice" ? input.options?.[0] : undefined) ?? "";
  const value = String(isEmpty ? fallback : (sent as string | number | boolean));
  if (input.type === "boolean") {
    if (!["true", "false", ""].includes(value)) throw notAllowed(name, value);
    return value === "true";
  }
  if (input.type === "choice" && input.options?.includes(value) !== true) throw notAllowed(name, value);
  return value;
}

function notAllowed(name: string, value: string) {
  return unprocessable(`Provided value '${value}' for input '${name}' not in the list of allowed values`);
}
