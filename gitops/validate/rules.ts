import { MAIN } from "../git/refs";
import { rulesAt } from "../rules/read";
import type { Reading } from "../rules/rules";
import type { Candidate } from "./candidate";

/**
 * The rules that judge a change. On `main` they are those that the merge makes, so that a change of them is judged by
 * itself, and GitHub asks the platform team for it. A branch `env/<name>` is not the platform team's to approve, so
 * what it may hold is what `main` says.
 */
export async function rulesFor({ clone, branch, tree }: Candidate): Promise<Reading> {
  return rulesAt(clone, branch === "main" ? tree : MAIN);
}
