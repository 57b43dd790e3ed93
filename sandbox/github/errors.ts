import type { z } from "zod";

const DOCUMENTATION = "https://docs.github.com/rest";

/** One line of a validation error, as GitHub lists them. */
export interface FieldError {
  resource: string;
  field?: string;
  code: "missing" | "missing_field" | "invalid" | "already_exists" | "unprocessable" | "custom";
  message?: string;
  /** The checks that have not succeeded. */
  contexts?: { context: string; state: string }[];
}

/** An answer that is an error, in GitHub's form. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors?: (FieldError | string)[],
  ) {
    super(message);
    this.name = "HttpError";
  }

  /** The response's body. */
  body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      documentation_url: DOCUMENTATION,
      status: String(this.status),
    };
  }
}

/** 401 for a token that nobody has. */
export function badCredentials(): HttpError {
  return new HttpError(401, "Bad credentials");
}

/** 401 for a request without a token where one is needed. */
export function requiresAuthentication(): HttpError {
  return new HttpError(401, "Requires authentication");
}

/** 404: not there, or not to be seen by who asks. */
export function notFound(message = "Not Found"): HttpError {
  return new HttpError(404, message);
}

/** 422 with the fields that are wrong. */
export function validationFailed(errors: FieldError[], message = "Validation Failed"): HttpError {
  return new HttpError(422, message, errors);
}

/** 422 without fields, for what GitHub says in one sentence. */
export function unprocessable(message: string): HttpError {
  return new HttpError(422, message);
}

/** 422 with sentences, for what GitHub lists without fields. */
export function unprocessableEntity(errors: string[]): HttpError {
  return new HttpError(422, "Unprocessable Entity", errors);
}

/**
 * The body of a request, checked. Throws 422 in the words of GitHub where it does not fit, and 400 where it is no
 * object.
 */
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
