import { Failure } from "@gitops-platform/contract/failure";
import { RequestError } from "@octokit/request-error";

/** The message of an error for people, without a stack trace. */
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
  401: "GITHUB_TOKEN is not valid, or has expired.",
  403: "GITHUB_TOKEN does not have the permission.",
  404: "It does not exist, or GITHUB_TOKEN may not read it.",
};

/** GitHub's statuses that concern one object, and not the token, the limits or GitHub itself. */
const ITEM_STATUSES = [404, 409, 422];

/** Whether an error concerns only one of several things, so that the others can continue. */
export function isItemError(error: unknown): boolean {
  return error instanceof Failure || (error instanceof RequestError && ITEM_STATUSES.includes(error.status));
}
