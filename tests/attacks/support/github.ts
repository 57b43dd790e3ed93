import assert from "node:assert/strict";
import { gitHost, gitops } from "../../e2e/support/people";
import { type Actor, tokenOf } from "./actors";

/** GitHub's response to a call or a push. */
export interface Answer {
  readonly refused: boolean;
  /** HTTP status of a call. */
  readonly status?: number;
  /** GitHub's message. */
  readonly said: string;
  readonly body?: unknown;
}

/** Calls GitHub's API as an actor. @param path below the repository, or from the API's root if it begins with `/` */
export async function call(actor: Actor, method: string, path: string, body?: object): Promise<Answer> {
  return callWith(await tokenOf(actor), method, path, body);
}

/** Like {@link call}, with a token that belongs to no actor. */
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

/** A legitimate call that an attack depends on. @throws if GitHub refuses it */
export async function allowed<T>(actor: Actor, method: string, path: string, body?: object): Promise<T> {
  const { refused, said, body: answer } = await call(actor, method, path, body);
  if (refused) throw new Error(`${method} ${path} as ${actor}: ${said}`);
  return answer as T;
}

/** Asserts that GitHub refused an attack with a message that matches a pattern. */
export function refused(pattern: RegExp): (answer: Answer) => string {
  return (answer) => {
    assert.ok(answer.refused, `it was accepted: ${answer.said}`);
    // Another refusal would prove nothing about the protection under test.
    if (!pattern.test(answer.said)) throw new Error(`refused for another reason: ${answer.said}`);
    const lines = answer.said.split("\n").map((line) => line.replace(/^remote:\s*/, "").trim());
    const word = lines.find((line) => pattern.test(line)) ?? lines.find((line) => line !== "") ?? "";
    return `GitHub: ${word}`;
  };
}

/** The refusal of a rule; and of a missing permission, or of something that does not exist for this token. */
export const RULES =
  /GH013|[Rr]ule violations|Cannot (create|update|delete|force-push)|restricted|protected|refusing to delete/;
export const RIGHTS = /^40[134]|denied|Permission|Resource not accessible|Must have|not found|403|404/;
