import { RequestError } from "@octokit/request-error";

/**
 * What a person or a workflow can do something about: its message is shown as it is, without a stack trace; exit code
 * 1.
 */
export class Failure extends Error {
  /** @param reasons Each a whole sentence: key, value, rule, way out. */
  constructor(...reasons: string[]) {
    super(reasons.join("\n"));
    this.name = "Failure";
  }
}

/** An error as people read it: one message, no stack trace. */
export function describeError(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (error instanceof RequestError) return `GitHub: ${describeRequest(error)}`;
  return error instanceof Error ? error.message : String(error);
}

function describeRequest({ status, message, request }: RequestError): string {
  const { method, url } = request;
  const said = message.replace(/ - https:\/\/docs\.github\.com\S*$/, "");
  if (status === 500 && !said.startsWith("HTTP")) return `${new URL(url).host} cannot be reached: ${said}`;
  const hint = HINTS[status];
  return `${said} (${method} ${new URL(url).pathname}: ${status})${hint === undefined ? "" : `. ${hint}`}`;
}

const HINTS: Partial<Record<number, string>> = {
  401: "GITHUB_TOKEN is not, or no longer, valid.",
  403: "GITHUB_TOKEN may not do that.",
  404: "It is not there, or GITHUB_TOKEN may not see it.",
};
