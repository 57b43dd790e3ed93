import { RequestError } from "@octokit/request-error";
import { Failure } from "../failure";

/** GitHub's answers that are about what was asked for: not about the token, limits or GitHub itself. */
const ABOUT_ONE = [404, 409, 422];

/** Whether an error says that one of many things cannot go on, so that the others can. */
export function isAboutOne(error: unknown): boolean {
  return error instanceof Failure || (error instanceof RequestError && ABOUT_ONE.includes(error.status));
}
