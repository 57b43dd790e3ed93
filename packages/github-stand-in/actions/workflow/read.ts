import { parse } from "yaml";
import type { z } from "zod";
import { type Workflow, workflowSchema } from "./schema";
import { type Triggers, triggersSchema } from "./triggers";

/** An invalid workflow file. The message contains every error. */
export class WorkflowError extends Error {
  override readonly name = "WorkflowError";
}

/**
 * Reads the triggers of a workflow file. They are read separately, so that a file with an error elsewhere fails on its
 * own events. Throws WorkflowError.
 */
export function readTriggers(path: string, text: string): Triggers {
  const content = readYaml(path, text);
  const on = (content as { on?: unknown } | null)?.on;
  const result = triggersSchema.safeParse(on);
  if (!result.success) throw new WorkflowError(report(path, result.error, "on"));
  return result.data;
}

/** Reads a whole workflow file. Throws WorkflowError with every error. */
export function readWorkflow(path: string, text: string): Workflow {
  const result = workflowSchema.safeParse(readYaml(path, text));
  if (!result.success) throw new WorkflowError(report(path, result.error));
  return result.data;
}

/** The name in a workflow's file, otherwise the file's path. */
export function workflowName(path: string, text: string): string {
  try {
    const { name } = (readYaml(path, text) ?? {}) as { name?: unknown };
    return typeof name === "string" && name !== "" ? name : path;
  } catch {
    return path;
  }
}

function readYaml(path: string, text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new WorkflowError(`${path}: got invalid YAML (${reason}); expected a workflow. Correct it.`);
  }
}

function report(path: string, error: z.ZodError, ...prefix: string[]): string {
  return error.issues
    .flatMap((issue) => lines(issue, prefix))
    .map((line) => `${path}: ${line}`)
    .join("\n");
}

function lines(issue: z.core.$ZodIssue, prefix: PropertyKey[]): string[] {
  const place = [...prefix, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map(
      (key) =>
        `${[...place, key].join(".")}: got a key that this runner does not support; ` +
        "expected one in its README. Remove it.",
    );
  }
  // If a value can have several formats, report the errors of the closest one.
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((best, other) => (depth(other) > depth(best) ? other : best));
    return nearest.flatMap((inner) => lines(inner, place));
  }
  return [`${place.join(".")}: ${issue.message}`];
}

/**
 * How well a value fits one format of a union: an invalid key fits better than a wrong type, and one error better than
 * several.
 */
function depth(issues: z.core.$ZodIssue[]): number {
  const missing = issues.some((issue) => issue.code === "invalid_type");
  return (missing ? 0 : 100) - issues.length;
}
