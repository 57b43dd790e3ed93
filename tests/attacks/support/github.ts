import assert from "node:assert/strict";
import { gitHost, gitops } from "../../e2e/support/people";
import { type Actor, tokenOf } from "./actors";

/** What GitHub said to a call or a push. */
export interface Answer {
  readonly refused: boolean;
  /** HTTP's, of calls. */
  readonly status?: number;
  /** In GitHub's own words. */
  readonly said: string;
  readonly body?: unknown;
}

/**
 * Calls GitHub's API as somebody. @param path Below the repository, or from the API's root where it begins with `/`.
 */
export async function call(actor: Actor, method: string, path: string, body?: object): Promise<Answer> {
  return callWith(await tokenOf(actor), method, path, body);
}

/** The same with a token that is not any actor's. */
export async function callWith(
  token: string | undefined,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const below = path.startsWith("/") ? path : `/repos/${gitops.owner}/${gitops.repo}${path && `/${path}`}`;
  const response = await fetch(`${await gitHost()}/api/v3${below}`, {
    method,
    headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = parsedOf(text);
  const { message, errors } = (parsed ?? {}) as { message?: string; errors?: unknown };
  const details = errors === undefined ? "" : ` ${JSON.stringify(errors)}`;
  const said = `${response.status} ${message ?? ""}${details}`.trim();
  return { refused: !response.ok, status: response.status, said, body: parsed };
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A call that an attack needs and that is nobody's crime. @throws where GitHub refuses it. */
export async function allowed<T>(actor: Actor, method: string, path: string, body?: object): Promise<T> {
  const { refused, said, body: answer } = await call(actor, method, path, body);
  if (refused) throw new Error(`${method} ${path} as ${actor}: ${said}`);
  return answer as T;
}

/** What an attack that is refused holds by: GitHub said no, in words like these. */
export function refused(pattern: RegExp): (answer: Answer) => string {
  return (answer) => {
    assert.ok(answer.refused, `it was let in: ${answer.said}`);
    // Something else than the gate's refusal would say nothing of the gate.
    if (!pattern.test(answer.said)) throw new Error(`refused for another reason: ${answer.said}`);
    const lines = answer.said.split("\n").map((line) => line.replace(/^remote:\s*/, "").trim());
    const word = lines.find((line) => pattern.test(line)) ?? lines.find((line) => line !== "") ?? "";
    return `GitHub: ${word}`;
  };
}

/** The refusal of rules, of a right that is missing, or of a thing that does not exist for this token. */
export const RULES =
  /GH013|[Rr]ule violations|Cannot (create|update|delete|force-push)|restricted|protected|refusing to delete/;
export const RIGHTS = /^40[134]|denied|Permission|Resource not accessible|Must have|not found|403|404/;
