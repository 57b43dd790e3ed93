import type { z } from "zod";
import { HttpError, unprocessable } from "../domain/errors";

/** Validates the body of a request. Throws 422 with GitHub's messages if it is invalid, and 400 if it is no object. */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const value = body ?? {};
  if (typeof value !== "object" || Array.isArray(value)) throw new HttpError(400, "Body should be a JSON object");
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unprocessable(`Invalid request.\n\n${result.error.issues.map((issue) => sentence(issue, value)).join("\n")}`);
}

function sentence(issue: z.core.$ZodIssue, body: unknown): string {
  let value = body;
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  const last = String(issue.path.at(-1) ?? "");
  if (value === undefined && issue.code === "invalid_type") return `"${last}" wasn't supplied.`;
  const rule = issue.code === "invalid_type" ? `is not a ${issue.expected}` : `is not valid (${issue.message})`;
  return `For 'properties/${issue.path.join("/")}', ${JSON.stringify(value)} ${rule}.`;
}
